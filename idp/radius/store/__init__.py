"""The room's rows. Nothing outside this folder and `tables.py` knows SQL."""
