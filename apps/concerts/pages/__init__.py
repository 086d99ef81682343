"""The pages of the catalogue: what there is, and each concert."""
