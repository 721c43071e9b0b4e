"""The trained reader: one encoder that marks the nine checked clauses in one pass. `training/` makes it."""
