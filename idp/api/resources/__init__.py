"""The resources of the API, one file each; `registry.py` lists them."""
