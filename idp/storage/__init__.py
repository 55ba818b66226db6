"""Storage: engine, unit of work, shared tables, one file per aggregate. Rows become frozen values here.

Nobody but `app.py`, the command line's composition and the rooms' own stores imports this package.
"""
