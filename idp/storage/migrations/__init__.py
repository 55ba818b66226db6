"""Alembic's migrations, numbered in `versions`. `python -m idp.storage.migrations.new "what changes"` makes one."""
