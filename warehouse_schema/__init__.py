"""The shape of the warehouse: contracts, indicators, plans, reference data, and their typed loaders."""
