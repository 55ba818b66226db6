"""A personnel system's file: rows are employments, and half a file is no file."""

from datetime import UTC, datetime

import pytest

from directory_sync import BrokenEntry, Inactivity, Outcome, synchronise
from directory_sync.changes import CookieForgotten
from directory_sync.generalized_time import LATEST
from directory_sync.mapping import map_person
from directory_sync.reading import Complete, EntryKind, Incomplete
from directory_sync.settings import SettingsError
from directory_sync.settings_file import directory_settings
from directory_sync.sources.feeds import choose_feed, source_of
from directory_sync.sources.personnel_file import personal_number
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import NOW

COLUMNS = {"key": "Personnr", "given_name": "Förnamn", "surname": "Efternamn", "employee_number": "Anstnr",
           "unit_code": "Enhet", "title": "Titel", "employment_start": "Från", "employment_end": "Till"}  # fmt: skip
HEADER = "Personnr;Förnamn;Efternamn;Anstnr;Enhet;Titel;Från;Till"
ANNA = "19811218-9876;Åsa;Öberg;1;SK1;Lärare;2020-01-01;9999-12-31"
BO = "640823-3234;Bo;Ek;2;SK2;Rektor;2010-01-01;"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "personal.csv"


def settings_of(file, **changes):
    told = {
        "kind": "personnel_file",
        "name": "town",
        "path": str(file),
        "columns": COLUMNS,
        "encoding": "cp1252",
    }
    return directory_settings({**told, **changes})


def write(file, *rows, encoding="cp1252", end="\r\n"):
    file.write_bytes((end.join([HEADER, *rows]) + end).encode(encoding))


def read(file, **changes):
    settings = settings_of(file, **changes)
    found = []
    reading = source_of(settings).read(EntryKind.PERSON, found.append)
    return reading, [
        entry if isinstance(entry, BrokenEntry) else map_person(entry, settings.mapping) for entry in found
    ]


def test_a_windows_file_is_read_and_no_end_is_no_end(file):
    write(file, ANNA, BO)
    reading, (anna, bo) = read(file)
    assert reading == Complete(2)
    assert (anna.key, anna.given_name, anna.surname) == ("198112189876", "Åsa", "Öberg")
    assert bo.key == "196408233234"
    assert (anna.last_end() in {None, LATEST}, bo.last_end() in {None, LATEST}) == (True, True)
    assert (anna.inactivity(NOW), bo.inactivity(NOW)) == (None, None)


def test_rows_are_employments_and_a_person_leaves_with_the_last(file):
    write(file, ANNA, "198112189876;Åsa;Öberg;1;FR1;Ledare;2022-01-01;2024-12-31")
    reading, (anna,) = read(file)
    assert reading == Complete(2)
    assert anna.unit_codes == ("FR1", "SK1")
    assert anna.inactivity(NOW) is None
    write(
        file,
        ANNA.replace("9999-12-31", "2025-06-30"),
        "198112189876;Åsa;Öberg;1;FR1;Ledare;2022-01-01;2024-12-31",
    )
    _, (anna,) = read(file)
    assert anna.inactivity(NOW) is Inactivity.ENDED


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (f"{HEADER}\n{ANNA}\n{BO[:20]}".encode("cp1252"), "ends in the middle"),
        (f"{HEADER}\n{ANNA}\n{BO[:20]}\n".encode("cp1252"), "has 5 fields, the header 8"),
        (f"{HEADER.replace('Till', 'Slut')}\n{ANNA}\n".encode("cp1252"), "has no column Till"),
        (f'{HEADER}\n{ANNA}\n"640823-3234;Bo\n'.encode("cp1252"), "line"),
        (b"\n", "has no column"),
    ],
)  # fmt: skip
def test_F79_half_a_file_is_not_a_complete_reading(file, content, why):
    file.write_bytes(content)
    reading, _ = read(file)
    assert isinstance(reading, Incomplete)
    assert why in reading.reason


def test_F79_no_file_another_encoding_and_too_few_rows_are_not_complete_readings(file):
    assert "cannot be read" in read(file)[0].reason
    write(file, ANNA)
    assert "is not utf-8-sig" in read(file, encoding="utf-8-sig")[0].reason
    assert "fewer than the 2" in read(file, least_rows=2)[0].reason


def test_a_file_that_says_how_it_ends_must_end_so(file):
    write(file, ANNA)
    assert "is missing" in read(file, end_row="SLUT")[0].reason
    write(file, ANNA, "SLUT;1")
    assert read(file, end_row="SLUT")[0] == Complete(1)
    write(file, "SLUT;1", ANNA)
    assert "after the end" in read(file, end_row="SLUT")[0].reason


def test_utf8_with_a_mark_and_decomposed_letters(file):
    write(file, ANNA.replace("Å", "A\u030a"), encoding="utf-8-sig", end="\n")
    _, (anna,) = read(file, encoding="utf-8-sig")
    assert anna.given_name == "Åsa"


def test_json_lines(file):
    file.write_text(
        '{"Personnr": "8112189876", "Förnamn": "Åsa", "Efternamn": "Öberg", "Enhet": "SK1", "Till": null}\n'
    )
    reading, (anna,) = read(file, form="jsonl", encoding="utf-8")
    assert (reading, anna.key, anna.unit_codes) == (Complete(1), "198112189876", ("SK1",))
    file.write_text('{"Personnr": "8112189876"}\n{"Pers\n')
    assert "line 2 is not JSON" in read(file, form="jsonl", encoding="utf-8")[0].reason


def test_rows_that_contradict_one_another_and_keys_that_are_none_are_broken(file):
    write(
        file,
        ANNA,
        ANNA.replace("Öberg", "Ek"),
        BO.replace("640823-3234", "640823-3235"),
        BO.replace("640823-3234", ""),
    )
    reading, found = read(file)
    reasons = [entry.reason for entry in found if isinstance(entry, BrokenEntry)]
    assert reading == Complete(4)
    assert "differ in surname" in reasons[0]
    assert "check digit" in reasons[1]
    assert "has no key" in reasons[2]


@pytest.mark.parametrize(
    ("text", "whole"),
    [("8112189876", "198112189876"), ("811218-9876", "198112189876"), ("19811218-9876", "198112189876"),
     ("201212121212", "201212121212"), ("121212-1212", "201212121212"), ("121212+1212", "191212121212"),
     ("701063-2391", "197010632391"), ("19400101-T123", "19400101T123")],
)  # fmt: skip
def test_personal_identity_numbers(text, whole):
    assert personal_number(text) == whole


def test_L9_an_absent_person_leaves_after_a_whole_file_only(file):
    settings, sink = settings_of(file), MemorySink()
    write(file, ANNA, BO)
    assert synchronise(source_of(settings), settings.mapping, sink, NOW).applied == {"joiner": 2}
    file.write_bytes(f"{HEADER}\n{ANNA}\n640".encode("cp1252"))
    report = synchronise(source_of(settings), settings.mapping, sink, NOW)
    assert report.outcome is Outcome.UNREADABLE
    assert len(sink.active_keys()) == 2
    assert "ends in the middle" in report.reason
    write(file, ANNA)
    assert synchronise(source_of(settings), settings.mapping, sink, NOW).applied == {"leaver": 1}


def test_another_file_is_followed(file):
    write(file, ANNA)
    feed, capabilities = choose_feed(settings_of(file, follow={"poll": 0.01}))
    assert capabilities["followed by"] == "file"
    cookie = feed.mark()
    following = feed.follow(cookie, lambda: False)
    assert next(following).cookie == cookie
    write(file, ANNA, BO)
    with pytest.raises(CookieForgotten):
        list(following)


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"columns": {"key": "a"}}, "at least key and surname"), ({"encoding": "ebcdic9"}, "encoding"),
     ({"columns": {"key": "a", "surname": "b", "administrator": "c"}}, "no such field"), ({"form": "xls"}, "form"),
     ({"separator": "||"}, "separator"), ({"url": "ldap://x"}, "no such setting"),
     ({"follow": {"mechanism": "syncrepl"}}, "mechanism: no such setting")],
)  # fmt: skip
def test_wrong_settings_are_said(file, changes, why):
    with pytest.raises(SettingsError, match=why):
        settings_of(file, **changes)


def test_a_day_that_is_over(file):
    write(file, ANNA.replace("9999-12-31", "2026-11-23"))
    _, (anna,) = read(file)
    assert anna.inactivity(datetime(2026, 11, 23, 22, 59, tzinfo=UTC)) is None
    assert anna.inactivity(datetime(2026, 11, 23, 23, 0, tzinfo=UTC)) is Inactivity.ENDED
