"""The room's rows, one file for each kind; every function works within the caller's unit of work."""
