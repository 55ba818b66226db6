"""Lists as pages show them: filtered by words, sorted by one column, a page at a time, and as a file (C5).

What is asked for is typed and bounded: a column is one of the list's own, a page a number. Nothing of it reaches SQL.
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


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A kind of list. Without a wish the items come as they are."""

    columns: Sequence[Column[T]]
    at_once: int = 100

    def shown(self, items: Iterable[T], query: Mapping[str, str], kept: Sequence[str] = ()) -> Shown[T]:
        """Return the page that a query asks for."""
        words = query.get("words", "")[:_LONGEST]
        sort = next((one for one in self.columns if one.name == query.get("sort")), None)
        descending = query.get("order") == "down"
        found = [one for one in items if self._has(one, words_of(words))]
        if sort is not None:
            found.sort(key=lambda one: _key(sort.value(one)), reverse=descending)
        page = _page(query.get("page", ""))
        first = (page - 1) * self.at_once
        return Shown(
            found[first : first + self.at_once],
            self.columns,
            words,
            sort.name if sort else "",
            descending,
            page,
            more=len(found) > first + self.at_once,
            count=len(found),
            kept={name: query[name][:_LONGEST] for name in kept if query.get(name)},
        )

    def file(self, name: str, items: Iterable[T], query: Mapping[str, str]) -> StreamingResponse:
        """Return the whole list, filtered and sorted as asked, as CSV."""
        whole = Listing(self.columns, _MOST_PAGES * self.at_once)
        shown = whole.shown(items, {**query, "page": "1"})
        rows = ([_cell(column.value(one)) for column in self.columns] for one in shown.items)
        return csv_response(name, [column.name for column in self.columns], rows)

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
