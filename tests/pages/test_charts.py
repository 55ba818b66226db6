"""Charts of thirty days: every day has its place, and what is there is seen."""

import re
from datetime import date, timedelta

from idp.domain.register import DayCount, FactorCount
from idp.pages.administration.chart import DAYS, day_chart, factor_chart

TODAY = date(2026, 11, 26)


def bars(drawn: str) -> list[tuple[str, int, int]]:
    found = re.findall(r'<rect class="([^"]+)" x="(\d+)" y="\d+" width="12" height="(\d+)"', drawn)
    return [(kind, int(x), int(height)) for kind, x, height in found]


def test_a_day_stands_at_its_place_among_thirty():
    days = [DayCount(TODAY - timedelta(days=DAYS - 1), 10, 0), DayCount(TODAY, 5, 5)]
    drawn = day_chart(days, TODAY)
    (_, first, full), (good, last, half), (bad, above, other) = [one for one in bars(drawn) if one[2]]
    assert (full, half, other, last) == (80, 40, 40, above)
    assert last - first == (DAYS - 1) * 16
    assert (good, bad) == ("bar", "bar bad")
    for text in ("2026-10-28", "2026-11-26", ">10<", ">0<"):
        assert text in drawn


def test_one_among_many_is_seen_and_what_is_older_is_left_out():
    days = [DayCount(TODAY - timedelta(days=DAYS), 9, 9), DayCount(TODAY, 10_000, 1)]
    drawn = bars(day_chart(days, TODAY))
    assert [(kind, height) for kind, _, height in drawn] == [("bar", 80), ("bar bad", 1)]


def test_nothing_is_drawn_of_nothing():
    assert day_chart([], TODAY) == ""
    assert factor_chart([FactorCount(TODAY, 0, 0, 0)], TODAY) == ""
