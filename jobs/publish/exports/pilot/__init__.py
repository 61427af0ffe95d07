"""The showcase of a pilot district of data standardisation: a page that works from a folder, and a workbook with the same figures."""
