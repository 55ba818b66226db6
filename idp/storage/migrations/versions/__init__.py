"""One file per revision of the schema, made by `python -m idp.storage.migrations.new`."""
