"""A configured directory that nobody reads: a personnel file, which needs no server."""

from idp.storage.tables import directories
from idp.storage.unit_of_work import SqlDatabase


def configure(database: SqlDatabase, name: str) -> None:
    """Store the directory's settings; it has no mail domain of its own."""
    columns = {"key": "number", "surname": "name"}
    settings = {"kind": "personnel_file", "path": f"/nowhere/{name}.csv", "columns": columns}
    with database.write() as uow:
        uow.connection.execute(directories.insert().values(name=name, settings=settings))
