"""How figures are made: days, folds of history into additive parts, and the ratios. Nothing here writes."""
