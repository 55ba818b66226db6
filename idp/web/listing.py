"""Lists as pages show them: filtered by words, sorted by one column, a page at a time, and as a file (C5).

What is asked for is typed and bounded: a column is one of the list's own, a page a number. No typed name reaches SQL:
a list that the database sorts (`asked`, `cut`) is asked by the names of its own columns.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from starlette.responses import StreamingResponse

from idp.domain.finding import folded, words_of
from idp.web.csv_export import csv_response

T = TypeVar("T")

_LONGEST = 100
_MOST_PAGES = 10_000
_MOST_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column: its name in a query and in the file, its title (a msgid), and what it holds of an item."""

    name: str
    title: str
    value: Callable[[T], object]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query asks of a list. `sort` is a column's name or empty, `skip` how many items come before the page."""

    words: str
    sort: str
    descending: bool
    page: int
    skip: int
    kept: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shown(Generic[T]):
    """One page of a list with what was asked for. `kept` are other parameters of the same page."""

    items: Sequence[T]
    columns: Sequence[Column[T]]
    words: str
    sort: str
    descending: bool
    page: int
    more: bool
    count: int
    kept: Mapping[str, str]

    def link(self, **changes: object) -> str:
        """Return the query of the same list, asked otherwise."""
        asked: dict[str, object] = {
            **self.kept,
            "words": self.words,
            "sort": self.sort,
            "order": "down" if self.descending else "",
            "page": self.page,
        }
        return "?" + urlencode({name: value for name, value in {**asked, **changes}.items() if value})

    def turned(self, column: str) -> str:
        """Return the query of the same list sorted by a column, the other way round if it is so already."""
        again = self.sort == column and not self.descending
        return self.link(sort=column, order="down" if again else "", page="")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A kind of list. Without a wish the items come as they are."""

    columns: Sequence[Column[T]]
    at_once: int = 100

    def shown(self, items: Iterable[T], query: Mapping[str, str], kept: Sequence[str] = ()) -> Shown[T]:
        """Return the page that a query asks for."""
        asked = self.asked(query, kept)
        sort = next((one for one in self.columns if one.name == asked.sort), None)
        found = [one for one in items if self._has(one, words_of(asked.words))]
        if sort is not None:
            found.sort(key=lambda one: _key(sort.value(one)), reverse=asked.descending)
        return self._shown(found[asked.skip :], asked, len(found))

    def asked(self, query: Mapping[str, str], kept: Sequence[str] = ()) -> Asked:
        """Return what a query asks for; for lists too long to be sorted here."""
        page = _page(query.get("page", ""))
        return Asked(
            query.get("words", "")[:_LONGEST],
            next((one.name for one in self.columns if one.name == query.get("sort")), ""),
            query.get("order") == "down",
            page,
            (page - 1) * self.at_once,
            {name: query[name][:_LONGEST] for name in kept if query.get(name)},
        )

    def cut(self, found: Sequence[T], asked: Asked) -> Shown[T]:
        """Return the page of what the database found from `asked.skip` on, one more than a page if there is more."""
        return self._shown(found, asked, asked.skip + len(found))

    def file(self, name: str, items: Iterable[T], query: Mapping[str, str]) -> StreamingResponse:
        """Return the whole list, filtered and sorted as asked, as CSV."""
        whole = Listing(self.columns, _MOST_PAGES * self.at_once)
        return self.rows_file(name, whole.shown(items, {**query, "page": "1"}).items)

    def rows_file(self, name: str, items: Iterable[T]) -> StreamingResponse:
        """Return what the database found and sorted, as CSV."""
        rows = ([_cell(column.value(one)) for column in self.columns] for one in items)
        return csv_response(name, [column.name for column in self.columns], rows)

    def _shown(self, found: Sequence[T], asked: Asked, count: int) -> Shown[T]:
        return Shown(
            found[: self.at_once],
            self.columns,
            asked.words,
            asked.sort,
            asked.descending,
            asked.page,
            more=len(found) > self.at_once,
            count=count,
            kept=asked.kept,
        )

    def _has(self, item: T, words: Sequence[str]) -> bool:
        if not words:
            return True
        text = folded(" ".join(_cell(column.value(item)) for column in self.columns))
        return all(word in text for word in words)


def _page(typed: str) -> int:
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS else 1
    return min(max(number, 1), _MOST_PAGES)


def _key(value: object) -> tuple[bool, Any]:
    """Return what sorts: numbers and times as they are, text without accents; nothing comes last."""
    if value is None or value == "":
        return (True, "")
    return (False, folded(value) if isinstance(value, str) else value)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value)
