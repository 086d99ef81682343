"""A hall in a few lines: the description that a venue is built from, and where its seats stand."""
