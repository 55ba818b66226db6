"""GeneralizedTime as RFC 4517 §3.3.13 allows it, and dates."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory_sync.generalized_time import EARLIEST, LATEST, parse_end, parse_generalized_time, parse_start

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20260101123000Z", datetime(2026, 1, 1, 12, 30)),
        ("202601011230Z", datetime(2026, 1, 1, 12, 30)),
        ("2026010112Z", datetime(2026, 1, 1, 12)),
        ("20260101123000.5Z", datetime(2026, 1, 1, 12, 30, 0, 500_000)),
        ("20260101123000,25Z", datetime(2026, 1, 1, 12, 30, 0, 250_000)),
        ("202601011230.5Z", datetime(2026, 1, 1, 12, 30, 30)),
        ("2026010112,5Z", datetime(2026, 1, 1, 12, 30)),
        ("20260101123000+0200", datetime(2026, 1, 1, 10, 30)),
        ("20260101003000+02", datetime(2025, 12, 31, 22, 30)),
        ("20260101123000-0130", datetime(2026, 1, 1, 14, 0)),
        ("20261231235960Z", datetime(2027, 1, 1)),
        ("20240229000000Z", datetime(2024, 2, 29)),
    ],
)
def test_every_form_that_the_standard_allows(text, expected):
    assert parse_generalized_time(text) == expected.replace(tzinfo=UTC)


def test_moments_that_python_cannot_hold_become_the_nearest():
    assert parse_generalized_time("99991231235959-0100") == LATEST
    assert parse_generalized_time("00010101000000+0100") == EARLIEST
    assert parse_generalized_time("000001010000Z") == EARLIEST
    assert parse_generalized_time("00000229000000Z") == EARLIEST
    assert parse_generalized_time("99991231235959Z").year == 9999


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20260101",
        "20260101123000",
        "20261301000000Z",
        "20260230000000Z",
        "20260101240000Z",
        "20260101126000Z",
        "20260101123061Z",
        "20260101123000.Z",
        "20260101123000+2400",
        "20260101123000+0160",
        "20260101123000z",
        "２０２６0101123000Z",
        " 20260101123000Z",
        "20260101123000Z\n",
        "2026-01-01T12:30:00Z",
    ],
)
def test_everything_else_is_refused(text):
    with pytest.raises(ValueError):
        parse_generalized_time(text)


moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)).map(lambda m: m.replace(tzinfo=UTC))
offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59)


@given(moments, offsets, st.sampled_from(".,"))
def test_a_moment_survives_being_written(moment, minutes, point):
    local = moment.astimezone(timezone(timedelta(minutes=minutes)))
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    date = f"{local.year:04}{local.month:02}{local.day:02}"
    text = f"{date}{local.hour:02}{local.minute:02}{local.second:02}{point}{local.microsecond:06}{zone}"
    assert parse_generalized_time(text) == moment


@given(st.text(alphabet="0123456789.,Z+-", max_size=24))
def test_any_text_is_a_moment_or_a_value_error(text):
    with suppress(ValueError):
        assert EARLIEST <= parse_generalized_time(text) <= LATEST


def test_a_date_begins_and_ends_at_the_municipalitys_midnight():
    assert parse_start("20260701", STOCKHOLM) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert parse_start("2026-12-01", STOCKHOLM) == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert parse_end("2026-06-30", STOCKHOLM) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert parse_end("20260630120000Z", STOCKHOLM) == datetime(2026, 6, 30, 12, tzinfo=UTC)


def test_the_last_and_first_days_do_not_overflow():
    assert parse_end("9999-12-31", STOCKHOLM) == LATEST
    assert parse_end("9999-12-30", STOCKHOLM).year == 9999
    assert parse_start("0001-01-01", STOCKHOLM) == EARLIEST
    with pytest.raises(ValueError):
        parse_start("2026-02-30", STOCKHOLM)
