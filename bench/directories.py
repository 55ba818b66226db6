"""What figures about directories need: a slapd with a municipality in it, and where to keep the accounts."""

import tomllib
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg
import tomli_w
from psycopg.sql import SQL, Identifier

from bench.installation import ROOT
from bench.postgres import Postgres, PostgresUnavailable, postgres
from bench.processes import pinned
from bench.rows import Absent
from deploy.municipality.generate import directory_ldif
from deploy.municipality.organisation import EMPLOYEES
from deploy.municipality.slapd import BASE_DN, READER_DN, Slapd, SlapdError, find_program

_DEMO = ROOT / "deploy" / "demonstration" / "ekvik.toml"
_BYTES_AN_ENTRY = 16_000
_LEAST_MAP = 1 << 28

Fresh = Callable[[], str]
"""Returns the URL of a database that is empty; "" for SQLite beside the settings."""


def slapd_is_missing() -> str:
    """Return why there is no slapd here; empty if there is one."""
    try:
        find_program("slapd")
    except SlapdError as why:
        return str(why)
    return ""


def loaded(folder: Path, size: int) -> Slapd:
    """Return a slapd, not started, with so many employees, where the servers run."""
    with_map = max(_LEAST_MAP, size * _BYTES_AN_ENTRY)
    server = Slapd(folder / "slapd", durable=False, prefix=tuple(pinned(())), max_size=with_map)
    if server.is_loaded:
        server.clear()
    today = datetime.now(UTC).date()
    server.load(directory_ldif(today, employees=size, edge_cases=size >= EMPLOYEES))
    return server


def databases_for(stack: ExitStack, figure: str) -> tuple[Mapping[str, Fresh], list[Absent]]:
    """Return where to keep accounts, by what a title says of it: SQLite, and PostgreSQL where it can be had."""
    databases: dict[str, Fresh] = {"": lambda: ""}
    try:
        databases[", PostgreSQL"] = _fresh(stack.enter_context(postgres()))
    except PostgresUnavailable as why:
        return databases, [Absent(figure, "PostgreSQL", str(why))]
    return databases, []


def _fresh(server: Postgres) -> Fresh:
    numbers = count(1)

    def fresh() -> str:
        name = f"synchronised_{next(numbers)}"
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return server.url.rpartition("/")[0] + f"/{name}"

    return fresh


def configuration(url: str) -> str:
    """Return the demo's directory and its mapping, at another address."""
    demo = tomllib.loads(Path(_DEMO).read_text(encoding="utf-8"))
    directory = demo["directories"]["ekvik"] | {
        "url": url, "base_dn": BASE_DN, "bind_dn": READER_DN, "bind_password": {"file": "secrets/directory"},
    }  # fmt: skip
    return tomli_w.dumps({"directories": {"ekvik": directory}})
