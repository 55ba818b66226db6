"""`python -m idp.storage.migrations.new "what changes"`: write the next revision from what the tables became.

Compares the tables in Python with a scratch database of the newest revision. With --first everything is
written anew as 0001, which is only right while no database exists anywhere.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

from idp.storage.engine import make_engine
from idp.storage.migrations.alembic_config import alembic_config
from idp.storage.migrations.comparison import all_metadata
from idp.storage.schema import MIGRATIONS


def write_revision(message: str, *, first: bool = False) -> Path | None:
    """Write the next revision and return its path."""
    versions = MIGRATIONS / "versions"
    before = set(versions.glob("[0-9]*.py"))
    if first:
        for path in before:
            path.unlink()
        before = set()
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/scratch.db")
        with engine.connect() as connection, connection.begin():
            config = alembic_config(connection, all_metadata())
            if before:
                command.upgrade(config, "head")
            command.revision(config, message, autogenerate=True, rev_id=f"{len(before) + 1:04}")
        engine.dispose()
    return next(iter(set(versions.glob("[0-9]*.py")) - before), None)


def main() -> int:
    """Write one revision, named on the command line."""
    words = [word for word in sys.argv[1:] if word != "--first"]
    if len(words) != 1:
        sys.stderr.write('usage: python -m idp.storage.migrations.new [--first] "what changes"\n')
        return 2
    sys.stdout.write(f"{write_revision(words[0], first='--first' in sys.argv)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
