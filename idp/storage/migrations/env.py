"""Run by Alembic for every command; `alembic_config` has put the connection in."""

from alembic import context

from idp.storage.migrations.comparison import OPTIONS
from idp.storage.schema import VERSION_TABLE

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes["metadata"],
    version_table=VERSION_TABLE,
    transactional_ddl=True,  # SQLite's DDL is transactional as well, since `schema` begins by itself
    **OPTIONS,
)
context.run_migrations()
