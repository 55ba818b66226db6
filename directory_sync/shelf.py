"""A store of values by key that stays in memory while they are few.

Owns the order in which they are handed out. Knows nothing of what they are.
"""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from directory_sync.scratch import Scratch

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")

_TABLE = """
CREATE TABLE IF NOT EXISTS shelf (
    shelf INTEGER, key TEXT, place INTEGER, value TEXT, PRIMARY KEY (shelf, key)
)"""
_ORDER = "CREATE INDEX IF NOT EXISTS shelf_order ON shelf (shelf, place, key)"
_PUT = "INSERT OR REPLACE INTO shelf VALUES (?, ?, ?, ?)"
_DROP = "DELETE FROM shelf WHERE shelf = ? AND key = ?"
_GET = "SELECT value FROM shelf WHERE shelf = ? AND key = ?"
_HAS = "SELECT 1 FROM shelf WHERE shelf = ? AND key = ?"
_ALL = "SELECT key, value FROM shelf WHERE shelf = ? ORDER BY place, key"
_OF_A_PLACE = "SELECT key, value FROM shelf WHERE shelf = ? AND place = ? ORDER BY key"


def same(text: str) -> str:
    """For texts, which are kept as they are."""
    return text


class Shelf(Generic[T]):
    """Values by key, each in a place; handed out in the order of places and, within one, of keys."""

    def __init__(self, scratch: Scratch, to_text: Callable[[T], str], from_text: Callable[[str], T]) -> None:
        self._scratch = scratch
        self._to_text = to_text
        self._from_text = from_text
        self._held: dict[str, tuple[int, T]] = {}
        """Newer than what is laid down."""
        self._number = 0
        """This shelf's in the table; 0 while all is in memory."""

    def put(self, key: str, value: T, place: int = 0) -> None:
        """Keep a value; an earlier one with this key is forgotten."""
        self._held[key] = (place, value)
        if len(self._held) >= self._scratch.few:
            self._lay_down()

    def drop(self, key: str) -> None:
        """Forget what is kept with this key, if anything is."""
        if self._held:
            self._held.pop(key, None)
        if self._number:
            self._scratch.run(_DROP, self._number, key)

    def get(self, key: str) -> T | None:
        held = self._held.get(key)
        if held is not None:
            return held[1]
        row = self._scratch.run(_GET, self._number, key).fetchone() if self._number else None
        return None if row is None else self._from_text(row[0])

    def __contains__(self, key: str) -> bool:
        if key in self._held or not self._number:
            return key in self._held
        return self._scratch.run(_HAS, self._number, key).fetchone() is not None

    def in_order(self, place: int | None = None) -> Iterator[tuple[str, T]]:
        """Keys and values in order, of one place or of all. Nothing may be put or dropped meanwhile."""
        if not self._number:
            chosen = [(one[0], key) for key, one in self._held.items() if place is None or one[0] == place]
            yield from ((key, self._held[key][1]) for _, key in sorted(chosen))
            return
        self._lay_down()
        # Made when it is first needed: most shelves are full by then.
        self._scratch.run(_ORDER)
        if place is None:
            rows = self._scratch.run(_ALL, self._number)
        else:
            rows = self._scratch.run(_OF_A_PLACE, self._number, place)
        for key, text in rows:
            yield key, self._from_text(text)

    def _lay_down(self) -> None:
        if not self._number:
            self._number = self._scratch.number()
            self._scratch.run(_TABLE)
        ordered = sorted(self._held)
        rows = ((self._number, key, self._held[key][0], self._to_text(self._held[key][1])) for key in ordered)
        self._scratch.run_many(_PUT, rows)
        self._held.clear()


def side_by_side(
    left: Iterator[tuple[str, A]], right: Iterator[tuple[str, B]]
) -> Iterator[tuple[str, A | None, B | None]]:
    """What two have under each key, both in the order of keys; None where one has nothing."""
    one, other = next(left, None), next(right, None)
    while one is not None and other is not None:
        if one[0] < other[0]:
            yield one[0], one[1], None
            one = next(left, None)
        elif other[0] < one[0]:
            yield other[0], None, other[1]
            other = next(right, None)
        else:
            yield one[0], one[1], other[1]
            one, other = next(left, None), next(right, None)
    while one is not None:
        yield one[0], one[1], None
        one = next(left, None)
    while other is not None:
        yield other[0], None, other[1]
        other = next(right, None)
