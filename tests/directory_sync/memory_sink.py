"""An AccountSink in memory: the reference for what the Protocol's words mean."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from directory_sync import (
    Changed,
    Conflict,
    GroupChanged,
    GroupCreated,
    GroupRemoved,
    HeldLine,
    Holder,
    Inactivity,
    Joiner,
    KnownGroup,
    KnownPerson,
    KnownRecord,
    Leaver,
    LeftOut,
    Line,
    Mover,
    PersonRecord,
    Plan,
    Remembered,
    Returned,
    RunInProgress,
    UnitRecord,
    UnitRemoved,
    line_from_json,
    line_to_json,
    login_skeleton,
    person_fingerprint,
)


@dataclass
class _Person:
    record: PersonRecord
    fingerprint: bytes
    active: bool
    reason: Inactivity | None = None
    logins: set[str] = field(default_factory=set)


@dataclass
class _Run:
    source: str
    lines: list[str]
    done: set[int] = field(default_factory=set)
    finished: bool = False


class MemorySink:
    """Keeps lines as JSON text, as a table would."""

    def __init__(self) -> None:
        self.persons: dict[tuple[str, str], _Person] = {}
        self.units: dict[str, dict[str, UnitRecord]] = {}
        self.groups: dict[str, dict[str, tuple[KnownGroup, frozenset[str]]]] = {}
        self.local_accounts: list[Holder] = []
        self.runs: dict[str, _Run] = {}
        self.conflicts: list[Conflict] = []
        self.applied: list[Line] = []
        self.writes = 0
        self.marks: dict[str, dict[str, bytes]] = {}
        self.read_as: dict[tuple[str, str], Remembered] = {}

    # what is known

    def known_persons(self, source: str, now: datetime) -> Iterator[KnownPerson]:
        for (from_source, key), known in self.persons.items():
            if from_source == source:
                came_to = self.read_as.get((source, key))
                believed = came_to is not None and came_to.fingerprint == known.fingerprint
                ends = known.record.ends() if known.active else None
                if came_to is None or not believed or (ends is not None and ends <= now):
                    yield KnownPerson(key, known.fingerprint, known.active)
                else:
                    yield KnownPerson(key, known.fingerprint, known.active, came_to.mark)

    def remember(self, source: str, read: Sequence[Remembered]) -> None:
        self.read_as.update({(source, one.key): one for one in read})

    def records(self, source: str, keys: Sequence[str]) -> Mapping[str, KnownRecord]:
        assert len(keys) <= 500
        found = {key: self.persons[source, key] for key in keys if (source, key) in self.persons}
        return {key: KnownRecord(p.record, p.fingerprint, p.active) for key, p in found.items()}

    def holders(self, logins: Sequence[str], employee_numbers: Sequence[str]) -> Sequence[Holder]:
        assert len(logins) <= 500
        assert len(employee_numbers) <= 500
        found = [h for h in self.local_accounts if h.login_skeleton in logins]
        for (source, key), known in self.persons.items():
            record = known.record
            former = sorted(known.logins & set(logins))
            found += [_holder(source, key, record, skeleton) for skeleton in former]
            if record.employee_number in employee_numbers:
                found.append(_holder(source, key, record, None))
        return found

    def known_units(self, source: str) -> list[UnitRecord]:
        return list(self.units.get(source, {}).values())

    def known_groups(
        self, source: str, keys: Collection[str] | None = None
    ) -> Iterator[tuple[str, KnownGroup]]:
        for key, (known, _) in self.groups.get(source, {}).items():
            if keys is None or key in keys:
                yield key, known

    def taken_back(self, source: str) -> Mapping[str, bytes]:
        return self.marks.get(source, {})

    def group_members(self, source: str, key: str) -> frozenset[str]:
        return self.groups[source][key][1]

    # runs

    def names(self, source: str) -> Iterator[tuple[str, str]]:
        for (name, key), known in self.persons.items():
            if name == source:
                yield key, known.record.dn

    def unit_sizes(self, source: str, codes: Sequence[str]) -> Mapping[str, int]:
        active = [p.record for (name, _), p in self.persons.items() if name == source and p.active]
        return {code: sum(code in record.unit_codes for record in active) for code in codes}

    def unfinished_run(self, source: str) -> str | None:
        return next(
            (name for name, run in self.runs.items() if run.source == source and not run.finished), None
        )

    def hold(self, plan: Plan) -> str:
        if self.unfinished_run(plan.source) is not None:
            raise RunInProgress(plan.source)
        name = f"run-{len(self.runs) + 1}"
        self.runs[name] = _Run(plan.source, [line_to_json(line) for line in plan.lines])
        return name

    def pending(self, run: str, limit: int, after: int = -1) -> Sequence[HeldLine]:
        held = self.runs[run]
        waiting = [n for n in range(after + 1, len(held.lines)) if n not in held.done][:limit]
        return [HeldLine(n, line_from_json(held.lines[n])) for n in waiting]

    def apply(self, run: str, lines: Sequence[HeldLine]) -> Sequence[LeftOut]:
        held = self.runs[run]
        left_out = []
        for item in lines:
            if item.position in held.done:
                continue
            reason = self._apply(held.source, item.line)
            if reason is not None:
                left_out.append(LeftOut(item.position, item.line, reason))
            held.done.add(item.position)
        return left_out

    def finish(self, run: str) -> None:
        assert len(self.runs[run].done) == len(self.runs[run].lines)
        self.runs[run].finished = True

    # lines

    def _apply(self, source: str, line: Line) -> str | None:
        match line:
            case Joiner():
                if (source, line.record.key) in self.persons:
                    return "the person is known by now"
                self._store(line.record, active=line.inactive is None)
            case Changed() | Mover() | Returned() | Leaver():
                key = line.key if isinstance(line, Leaver) else line.record.key
                known = self.persons[source, key]
                if known.fingerprint != line.before:
                    return "the person has changed meanwhile"
                self._apply_known(known, line)
            case Conflict():
                self.conflicts.append(line)
            case GroupCreated() | GroupChanged():
                members = frozenset(m for m in line.record.members if (source, m) in self.persons)
                known_group = KnownGroup(line.record.name, line.fingerprint)
                self.groups.setdefault(source, {})[line.record.key] = (known_group, members)
            case GroupRemoved():
                del self.groups[source][line.key]
            case UnitRemoved():
                del self.units[source][line.record.key]
            case _:
                self.units.setdefault(source, {})[line.record.key] = line.record
        self.applied.append(line)
        self.writes += 1
        return None

    def _apply_known(self, known: _Person, line: Changed | Mover | Returned | Leaver) -> None:
        active = known.active
        if isinstance(line, Leaver):
            active, known.reason = False, line.reason
        elif isinstance(line, Returned):
            active, known.reason = True, None
        if line.record is None:
            known.active = active
        else:
            self._store(line.record, active=active)

    def _store(self, record: PersonRecord, *, active: bool) -> None:
        before = self.persons.get((record.source, record.key))
        logins = set() if before is None else before.logins
        if record.login is not None:
            logins.add(login_skeleton(record.login))
        reason = None if before is None else before.reason
        self.persons[record.source, record.key] = _Person(
            record, person_fingerprint(record), active, reason, logins
        )

    # for tests

    def active_keys(self, source: str = "town") -> set[str]:
        return {key for (s, key), known in self.persons.items() if s == source and known.active}

    def know(self, records: Iterable[PersonRecord]) -> "MemorySink":
        for record in records:
            self._store(record, active=True)
        return self


def _holder(source: str, key: str, record: PersonRecord, skeleton: str | None) -> Holder:
    return Holder(source, key, record.login, record.employee_number, record.display_name, skeleton)
