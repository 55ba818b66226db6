"""A personnel system's file: delimited text (CSV, RFC 4180) or JSON lines, in which every row is one employment.

Owns reading it whole, and when it is whole: half a file, another header, a row of another width or bytes of another
encoding are a reading that was not complete, from which nobody is absent (L9). Rows of one person are put together.
"""

import codecs
import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from directory_sync.account_state import NO_STATE
from directory_sync.attribute_mapping import AttributeMapping, PersonMapping
from directory_sync.changes import CookieForgotten, FeedFault, Stopped, Told
from directory_sync.entry import BrokenEntry, DirectoryEntry
from directory_sync.profile import Mechanism
from directory_sync.reading import Complete, EntryKind, Glance, Incomplete, Reading, Take
from directory_sync.sources.waiting import waiting

NO_END = frozenset({"", "9999-12-31", "99991231", "9999-12-31T00:00:00"})
_NUMBER = re.compile(r"(?P<century>[0-9]{2})?(?P<digits>[0-9]{6})(?P<sign>[-+])?(?P<last>[0-9]{4}|T[0-9]{3})")
_PIVOT = 26
"""Two-digit years above it are of the last century; with a plus, of the one before."""
PER_EMPLOYMENT = {
    "unit_code": "",
    "title": "–",
    "employment_start": "0001-01-01",
    "employment_end": "9999-12-31",
}
"""What differs from row to row, and what an empty field means there."""
COLUMNS = (
    "key",
    "login",
    "given_name",
    "preferred_given_name",
    "surname",
    "display_name",
    "mail",
    "employee_number",
    "protection",
    "language",
    *PER_EMPLOYMENT,
)
FIELDS = AttributeMapping(
    person=PersonMapping(
        login="login",
        given_name="given_name",
        preferred_given_name="preferred_given_name",
        surname="surname",
        display_name="display_name",
        mail="mail",
        employee_number="employee_number",
        title="title",
        unit_code="unit_code",
        protection="protection",
        language="language",
        employment_start="employment_start",
        employment_end="employment_end",
    ),
    state=NO_STATE,
)
"""The mapping of such a source: every field is named as it is."""


class NotWhole(Exception):
    """Why the file cannot be taken for all there is."""


@dataclass(frozen=True, slots=True)
class FileSettings:
    """`columns`: which column (or key) gives which field; `key` and what `PersonMapping` calls them.

    `end_row`: how the last row begins, where the file ends with one (a count, or a word).
    """

    name: str
    path: Path
    columns: Mapping[str, str]
    form: str = "csv"
    encoding: str = "utf-8-sig"
    separator: str = ";"
    end_row: str | None = None
    least_rows: int = 1
    personal_numbers: bool = True
    """Whether the key is a Swedish personal identity number, to be brought into its twelve digits."""

    def __post_init__(self) -> None:
        if "key" not in self.columns or "surname" not in self.columns:
            raise ValueError("columns: expected at least key and surname")
        for name in self.columns:
            if name not in COLUMNS:
                raise ValueError(f"columns.{name}: no such field; expected one of {', '.join(COLUMNS)}")
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise ValueError(
                f"encoding: expected one such as cp1252 or utf-8, found {self.encoding}"
            ) from None
        if self.form not in {"csv", "jsonl"}:
            raise ValueError(f"form: expected csv or jsonl, found {self.form}")
        if len(self.separator) != 1:
            raise ValueError(f"separator: expected one character, found “{self.separator}”")


class PersonnelFile:
    """A `Source` of persons. An entry's attributes are named by the fields that they give."""

    def __init__(self, settings: FileSettings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        return self._settings.name

    def has(self, kind: EntryKind) -> bool:
        return kind is EntryKind.PERSON

    def read(self, kind: EntryKind, take: Take, glance: Glance | None = None) -> Reading:  # noqa: ARG002 - files are short
        if kind is not EntryKind.PERSON:
            return Incomplete(f"a personnel file has no {kind}s")
        persons: dict[str, list[Mapping[str, str]]] = {}
        broken: list[BrokenEntry] = []
        rows = 0
        try:
            for number, row in self._rows():
                rows += 1
                try:
                    persons.setdefault(self._key(row), []).append(row)
                except ValueError as error:
                    broken.append(BrokenEntry(self.name, f"row {number}", None, str(error)))
        except NotWhole as why:
            self._hand_out(persons, broken, take)
            return Incomplete(str(why), rows)
        self._hand_out(persons, broken, take)
        if rows < self._settings.least_rows:
            return Incomplete(f"{rows} rows, fewer than the {self._settings.least_rows} there must be", rows)
        return Complete(rows)

    def _hand_out(
        self, persons: Mapping[str, Sequence[Mapping[str, str]]], broken: Sequence[BrokenEntry], take: Take
    ) -> None:
        for key, rows in persons.items():
            take(self._entry(key, rows))
        for entry in broken:
            take(entry)

    def _key(self, row: Mapping[str, str]) -> str:
        text = row["key"].strip()
        if not text:
            raise ValueError("the row has no key")
        return personal_number(text) if self._settings.personal_numbers else text

    def _entry(self, key: str, rows: Sequence[Mapping[str, str]]) -> DirectoryEntry | BrokenEntry:
        attributes: dict[str, tuple[str, ...]] = {}
        for name in self._settings.columns:
            values = tuple(row[name].strip() for row in rows)
            told = set(values) - {""}
            if name == "key" or not told:
                continue
            if name in PER_EMPLOYMENT:
                if name == "unit_code" and "" in values:
                    return BrokenEntry(self.name, f"key {key}", key, "one of its rows has no unit")
                attributes[name] = tuple(
                    _end(value) if name == "employment_end" else value for value in values
                )
                attributes[name] = tuple(value or PER_EMPLOYMENT[name] for value in attributes[name])
            elif len(told) > 1:
                differing = ", ".join(sorted(told))
                return BrokenEntry(self.name, f"key {key}", key, f"its rows differ in {name}: {differing}")
            else:
                attributes[name] = tuple(told)
        return DirectoryEntry(self.name, key, f"key {key}", attributes)

    def _rows(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        text = self._text()
        yield from self._json_lines(text) if self._settings.form == "jsonl" else self._delimited(text)

    def _text(self) -> str:
        settings = self._settings
        try:
            if settings.path.exists() and not settings.path.is_file():
                # A pipe would be waited for without an end (L11).
                raise NotWhole(f"{settings.path} is no file")
            raw = settings.path.read_bytes()
        except OSError as error:
            raise NotWhole(f"{settings.path}: cannot be read: {error.strerror}") from error
        if not raw:
            raise NotWhole(f"{settings.path} is empty")
        try:
            text = raw.decode(settings.encoding)
        except UnicodeDecodeError as error:
            raise NotWhole(f"{settings.path} is not {settings.encoding}: byte {error.start} of it") from error
        if not text.endswith(("\n", "\r")):
            raise NotWhole(f"{settings.path} ends in the middle of a row")
        return unicodedata.normalize("NFC", text)

    def _delimited(self, text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
        settings = self._settings
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=settings.separator, strict=True)
        ended = settings.end_row is None
        try:
            header = [name.strip() for name in next(reader)]
            missing = sorted(set(settings.columns.values()) - set(header))
            if missing:
                raise NotWhole(
                    f"{settings.path} has no column {', '.join(missing)}; it has {', '.join(header)}"
                )
            places = {name: header.index(column) for name, column in settings.columns.items()}
            for row in reader:
                if settings.end_row is not None and row and row[0].startswith(settings.end_row):
                    ended = True
                elif ended and settings.end_row is not None:
                    raise NotWhole(f"line {reader.line_num}: a row after the end")
                elif len(row) != len(header):
                    raise NotWhole(f"line {reader.line_num} has {len(row)} fields, the header {len(header)}")
                else:
                    yield reader.line_num, {name: row[place] for name, place in places.items()}
        except csv.Error as error:
            raise NotWhole(f"line {reader.line_num}: {error}") from error
        except StopIteration:
            raise NotWhole(f"{settings.path} has no header") from None
        if not ended:
            raise NotWhole(f"the row that ends the file ({settings.end_row}…) is missing")

    def _json_lines(self, text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
        for number, line in enumerate(text.splitlines(), 1):
            try:
                row = json.loads(line)
            except ValueError as error:
                raise NotWhole(f"line {number} is not JSON") from error
            if not isinstance(row, dict):
                raise NotWhole(f"line {number} is no JSON object")
            values = {name: row.get(column) for name, column in self._settings.columns.items()}
            yield number, {name: "" if value is None else str(value) for name, value in values.items()}


def personal_number(text: str) -> str:
    """Twelve digits of a Swedish personal identity or coordination number given with ten or twelve.

    Raises ValueError for what cannot be one; the check digit is looked at, but not of a number with T.
    """
    found = _NUMBER.fullmatch(text.replace(" ", ""))
    if found is None:
        raise ValueError("the key is no personal identity number of ten or twelve digits")
    digits, last = found["digits"], found["last"]
    if not last.startswith("T") and not _luhn(digits + last):
        raise ValueError("the personal identity number's check digit is wrong")
    century = found["century"]
    if century is None:
        hundred = 20 if int(digits[:2]) <= _PIVOT else 19
        century = str(hundred - 1 if found["sign"] == "+" else hundred)
    return f"{century}{digits}{last}"


def _end(value: str) -> str:
    return "" if value in NO_END else value


def _luhn(digits: str) -> bool:
    doubled = [int(d) * (2 - at % 2) for at, d in enumerate(digits)]
    return sum(d // 10 + d % 10 for d in doubled) % 10 == 0


class FileChanges:
    """A `Feed`: another file is there to be read whole."""

    mechanism = Mechanism.FILE

    def __init__(self, path: Path, poll: float) -> None:
        self._path = path
        self._poll = poll

    def mark(self) -> str:
        try:
            found = self._path.stat()
        except OSError as error:
            raise FeedFault(f"{self._path}: cannot be read: {error.strerror}") from error
        return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}"

    def follow(self, cookie: str, stopped: Stopped) -> Iterator[Told]:
        while not stopped():
            if self.mark() != cookie:
                raise CookieForgotten("there is another file")
            yield Told((), cookie)
            yield from waiting(self._poll, stopped)
