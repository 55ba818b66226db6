"""One file for each figure; `registry.py` lists them."""
