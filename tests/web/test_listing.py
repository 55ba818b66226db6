"""Lists: filtered, sorted and paged by what is asked for, and nothing that is asked for does harm (C5)."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from idp.web.listing import Column, Listing


@dataclass(frozen=True)
class Thing:
    name: str
    size: int | None
    made: datetime | None = None


THINGS = [
    Thing("Östersund", 3, datetime(2026, 1, 2, tzinfo=UTC)),
    Thing("Arboga", None),
    Thing("Åmål", 10),
    Thing("=cmd|calc", 2),
]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


LIST = Listing(
    (
        Column("name", "Name", lambda one: one.name),
        Column("size", "Size", lambda one: one.size),
        Column("made", "Made", lambda one: one.made),
    ),
    at_once=3,
)


def names(**query: str) -> list[str]:
    return [one.name for one in LIST.shown(THINGS, query).items]


def test_a_list_is_as_it_came_until_something_is_asked():
    shown = LIST.shown(THINGS, {})
    assert ([one.name for one in shown.items], shown.more, shown.count) == (
        ["Östersund", "Arboga", "Åmål"],
        True,
        4,
    )
    assert names(page="2") == ["=cmd|calc"]


def test_words_sorting_and_pages_are_kept_in_links():
    assert names(words="amal") == ["Åmål"]
    assert names(words="O s") == ["Östersund"]
    assert names(sort="name") == ["=cmd|calc", "Åmål", "Arboga"]
    assert names(sort="size") == ["=cmd|calc", "Östersund", "Åmål"]
    assert names(sort="size", order="down")[0] == "Arboga"
    shown = LIST.shown(THINGS, {"sort": "name", "day": "2026-01-01"}, ("day",))
    assert shown.link(page=2) == "?day=2026-01-01&sort=name&page=2"


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "__class__"},
        {"page": "-1"},
        {"page": "9" * 30},
        {"page": "²"},
        {"order": "x"},
        {"words": "%"},
    ],
)
def test_C5_what_a_list_does_not_have_is_not_asked_of_it(query):
    shown = LIST.shown(THINGS, query)
    assert shown.sort == ""
    assert shown.page >= 1
    assert not shown.descending


@pytest.mark.anyio
async def test_A4_the_file_holds_all_that_was_asked_for_and_no_formula():
    answer = LIST.file("things.csv", THINGS, {"sort": "name", "page": "2"})
    text = "".join([piece async for piece in answer.body_iterator])
    assert "'=cmd|calc" in text
    assert len(text.strip().splitlines()) == 5
