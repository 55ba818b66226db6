"""Which rows of which tables were written: the database itself counts, by triggers, on SQLite and PostgreSQL alike."""

from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager

from sqlalchemy import Engine, inspect, text

_CHANGES = ("INSERT", "UPDATE", "DELETE")


@contextmanager
def rows_written(engine: Engine):
    """Count while the block runs: yields a function that says how many rows of each table were written so far.

    An UPDATE that puts the same values is a write, too; a statement that hits no row is none.
    """
    names = inspect(engine).get_table_names()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE written (name VARCHAR(64) NOT NULL)"))
        if engine.dialect.name == "postgresql":
            connection.execute(
                text(
                    "CREATE FUNCTION note_written() RETURNS trigger LANGUAGE plpgsql AS "
                    "'BEGIN INSERT INTO written VALUES (TG_TABLE_NAME); RETURN NULL; END'"
                )
            )
        for name in names:
            for change in _CHANGES:
                body = f"BEGIN INSERT INTO written VALUES ('{name}'); END"
                if engine.dialect.name == "postgresql":
                    body = "EXECUTE FUNCTION note_written()"
                connection.execute(
                    text(
                        f'CREATE TRIGGER "watched_{change.lower()}_{name}" AFTER {change} ON "{name}" '
                        f"FOR EACH ROW {body}"
                    )
                )
    try:
        yield _counter(engine)
    finally:
        with engine.begin() as connection:
            for name in names:
                for change in _CHANGES:
                    where = f' ON "{name}"' if engine.dialect.name == "postgresql" else ""
                    connection.execute(text(f'DROP TRIGGER "watched_{change.lower()}_{name}"{where}'))
            connection.execute(text("DROP TABLE written"))
            if engine.dialect.name == "postgresql":
                connection.execute(text("DROP FUNCTION note_written()"))


def _counter(engine: Engine) -> Callable[[], Counter[str]]:
    def so_far() -> Counter[str]:
        with engine.connect() as connection:
            return Counter(connection.execute(text("SELECT name FROM written")).scalars())

    return so_far
