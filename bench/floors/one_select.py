"""A Starlette endpoint that reads one row of SQLite by SQLAlchemy Core, in a thread: `python -m` with FILE PORT."""

import sqlite3
import sys
from itertools import count
from pathlib import Path

import uvicorn
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

ROWS = 20_000
_STEP = 7919  # prime: every row has its turn
_sessions = Table(
    "sessions",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("account", Integer),
    Column("proofs", String),
    Column("expires_at", Integer),
)


def make(file: Path) -> None:
    """Make the database."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(
        "CREATE TABLE sessions (id TEXT PRIMARY KEY, account INT, proofs TEXT, expires_at INT)"
    )
    rows = ((f"s{n:06d}", n, '[["password", 1, false, ""]]', 1 << 31) for n in range(ROWS))
    connection.executemany("INSERT INTO sessions VALUES (?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()


def application(file: Path) -> Starlette:
    """Return the application."""
    engine = create_engine(f"sqlite:///{file}", pool_size=40, max_overflow=0)
    turns = count(0, _STEP)

    def answer(_request: Request) -> JSONResponse:
        with engine.connect() as connection:
            wanted = f"s{next(turns) % ROWS:06d}"
            row = connection.execute(select(_sessions).where(_sessions.c.id == wanted)).one()
        return JSONResponse({"account": row.account, "expires_at": row.expires_at})

    return Starlette(routes=[Route("/", answer)])


if __name__ == "__main__":
    database = Path(sys.argv[1])
    database.unlink(missing_ok=True)
    make(database)
    uvicorn.run(
        application(database), port=int(sys.argv[2]), log_level="warning", loop="uvloop", http="httptools"
    )
