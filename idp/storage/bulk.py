"""Many rows by few statements: what only synchronisations and jobs need."""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from idp.storage.prepared import Prepared

T = TypeVar("T")

CHUNK = 1000


def chunks(items: Collection[T]) -> Iterator[list[T]]:
    """Return the items in lists that fit into one statement's IN (…)."""
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def insert_or_ignore(table: Table) -> Prepared:
    """Return an INSERT that leaves a row alone whose key is there already."""
    # ON CONFLICT is spelled alike in both databases, and SQLite's compiler understands PostgreSQL's construct.
    return Prepared(postgresql.insert(table).on_conflict_do_nothing())
