"""The guide: its clauses, and how they are read from a file."""
