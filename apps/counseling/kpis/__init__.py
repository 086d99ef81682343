"""How figures are made: folds of history into additive parts, and the ratios. Nothing here writes."""
