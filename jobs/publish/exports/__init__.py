"""Files that leave the warehouse, each made from one release."""
