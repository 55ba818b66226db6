"""Alembic's configuration, made in the program: there is no alembic.ini and no second place for the URL."""

from alembic.config import Config
from sqlalchemy import Connection, MetaData

from idp.storage.schema import MIGRATIONS, VERSION_TABLE


def alembic_config(connection: Connection, metadata: list[MetaData] | None = None) -> Config:
    """Return the configuration for one connection, whose transaction the caller began.

    `metadata` is only needed to compare the tables with a database.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_table", VERSION_TABLE)
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    return config
