"""The official report of a period: workbook, Word, PDF, the two layouts of QĐ 766, and what was sent."""
