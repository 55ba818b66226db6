"""An AccountSink on SQLite, small and honest about transactions: for killing in the middle.

Run as a program it synchronises 2,000 listed persons into the given file:
`python -m tests.directory_sync.sqlite_sink FILE first|second`.
"""

# ruff: noqa: ARG002  the Protocol names what this small sink has no use for

import sqlite3
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from directory_sync import (
    BrakeSettings,
    HeldLine,
    Holder,
    Joiner,
    KnownGroup,
    KnownPerson,
    KnownRecord,
    Leaver,
    LeftOut,
    Line,
    PersonRecord,
    Plan,
    Remembered,
    Returned,
    RunInProgress,
    RunSettings,
    UnitRecord,
    line_from_json,
    line_to_json,
    login_skeleton,
    person_fingerprint,
    person_from_text,
    person_text,
    synchronise,
)
from directory_sync.attribute_mapping import AttributeMapping
from tests.directory_sync.listed_source import ListedSource, listed

SCHEMA = """
create table if not exists person (key text primary key, record text, fingerprint blob, active int, login text);
create index if not exists person_login on person (login);
create table if not exists run (id integer primary key, finished int not null default 0);
create unique index if not exists one_run on run (finished) where finished = 0;
create table if not exists line (run int, position int, body text, done int not null default 0,
                                 primary key (run, position));
create table if not exists event (run int, position int, key text, kind text);
"""
PERSONS = 2000


class SqliteSink:
    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("pragma journal_mode = wal")
        self.db.execute("pragma synchronous = full")
        self.db.executescript(SCHEMA)

    def known_persons(self, source: str, now: datetime) -> Iterator[KnownPerson]:
        for key, fingerprint, active in self.db.execute("select key, fingerprint, active from person"):
            yield KnownPerson(key, fingerprint, bool(active))

    def remember(self, source: str, read: Sequence[Remembered]) -> None:
        raise LookupError(f"what was listed needs no memory: {source} {read}")

    def records(self, source: str, keys: Sequence[str]) -> Mapping[str, KnownRecord]:
        marks = ",".join("?" * len(keys))
        rows = self.db.execute(
            f"select key, record, fingerprint, active from person where key in ({marks})", keys
        )
        return {
            key: KnownRecord(person_from_text(text), mark, bool(active)) for key, text, mark, active in rows
        }

    def holders(self, logins: Sequence[str], employee_numbers: Sequence[str]) -> Sequence[Holder]:
        rows = self.db.execute(
            f"select record, login from person where login in ({','.join('?' * len(logins))})", logins
        )
        found = [(person_from_text(text), login) for text, login in rows]
        return [
            Holder(r.source, r.key, r.login, r.employee_number, r.display_name, login) for r, login in found
        ]

    def known_units(self, source: str) -> Sequence[UnitRecord]:
        return ()

    def known_groups(
        self, source: str, keys: Collection[str] | None = None
    ) -> Sequence[tuple[str, KnownGroup]]:
        return ()

    def taken_back(self, source: str) -> Mapping[str, bytes]:
        return {}

    def group_members(self, source: str, key: str) -> frozenset[str]:
        return frozenset()

    def names(self, source: str) -> Iterator[tuple[str, str]]:
        raise LookupError(f"nothing is followed in these tests: {source}")

    def unit_sizes(self, source: str, codes: Sequence[str]) -> Mapping[str, int]:
        raise LookupError(f"no brake for units in these tests: {source} {codes}")

    def unfinished_run(self, source: str) -> str | None:
        row = self.db.execute("select id from run where finished = 0").fetchone()
        return None if row is None else str(row[0])

    def hold(self, plan: Plan) -> str:
        with self.db:
            self.db.execute("begin immediate")
            try:
                run = self.db.execute("insert into run default values").lastrowid
            except sqlite3.IntegrityError as error:
                raise RunInProgress(plan.source) from error
            rows = ((run, position, line_to_json(line)) for position, line in enumerate(plan.lines))
            self.db.executemany("insert into line (run, position, body) values (?, ?, ?)", rows)
        return str(run)

    def pending(self, run: str, limit: int, after: int = -1) -> Sequence[HeldLine]:
        query = "select position, body from line where run = ? and position > ? and done = 0 order by position limit ?"
        return [
            HeldLine(position, line_from_json(body))
            for position, body in self.db.execute(query, (run, after, limit))
        ]

    def apply(self, run: str, lines: Sequence[HeldLine]) -> Sequence[LeftOut]:
        left_out = []
        with self.db:
            self.db.execute("begin immediate")
            for held in lines:
                claim = "update line set done = 1 where run = ? and position = ? and done = 0"
                if self.db.execute(claim, (run, held.position)).rowcount == 1 and not self._apply(run, held):
                    left_out.append(LeftOut(held.position, held.line, "the person has changed meanwhile"))
        return left_out

    def _apply(self, run: str, held: HeldLine) -> bool:
        line = held.line
        key = line.key if isinstance(line, Leaver) else line.record.key
        if isinstance(line, Joiner):
            changed = self.db.execute("insert or ignore into person (key) values (?)", (key,)).rowcount
        else:
            changed = self.db.execute(
                "update person set key = key where key = ? and fingerprint = ?", (key, line.before)
            ).rowcount
        if changed != 1:
            return False
        if line.record is not None:
            self._store(line.record)
        active = _active_after(line)
        if active is not None:
            self.db.execute("update person set active = ? where key = ?", (active, key))
        row = (run, held.position, key, type(line).__name__)
        self.db.execute("insert into event (run, position, key, kind) values (?, ?, ?, ?)", row)
        return True

    def _store(self, record: PersonRecord) -> None:
        row = (
            person_text(record),
            person_fingerprint(record),
            login_skeleton(record.login or ""),
            record.key,
        )
        self.db.execute("update person set record = ?, fingerprint = ?, login = ? where key = ?", row)

    def finish(self, run: str) -> None:
        with self.db:
            self.db.execute("update run set finished = 1 where id = ?", (run,))


def _active_after(line: Line) -> bool | None:
    match line:
        case Joiner():
            return line.inactive is None
        case Leaver():
            return False
        case Returned():
            return True
        case _:
            return None


def source(night: str) -> ListedSource:
    """First: everybody. Second: every tenth has left, every other one has another name, a hundred are new."""
    if night == "first":
        return ListedSource([listed(f"k{n}") for n in range(PERSONS)])
    stay = [n for n in range(PERSONS) if n % 10]
    changed = [listed(f"k{n}", sn="Lind") if n % 2 else listed(f"k{n}") for n in stay]
    return ListedSource([*changed, *(listed(f"new{n}") for n in range(100))])


def main(path: str, night: str) -> None:
    settings = RunSettings(batch=20, brake=BrakeSettings(share=1))
    now = datetime(2026, 11, 24, tzinfo=UTC)
    report = synchronise(source(night), AttributeMapping(), SqliteSink(Path(path)), now, settings=settings)
    print(report.outcome, report.continued, dict(report.applied), len(report.left_out))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
