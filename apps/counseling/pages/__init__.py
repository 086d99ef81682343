"""Pages of counseling."""
