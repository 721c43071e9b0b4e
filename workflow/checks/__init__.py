"""The automatic check: readers that mark passages of a text against the guide. Pure: no database, no network."""
