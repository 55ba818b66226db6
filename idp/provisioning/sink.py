"""The accounts as `directory_sync` sees them: `AccountSink` over units of work.

Owns the order within a batch, and that each batch is one transaction: changes, lines' marks and audit records
together, or none of them (L10).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from directory_sync import (
    Changed,
    Conflict,
    GroupChanged,
    GroupCreated,
    GroupRemoved,
    HeldLine,
    Holder,
    Joiner,
    KnownGroup,
    KnownPerson,
    KnownRecord,
    Leaver,
    LeftOut,
    Line,
    Mover,
    Plan,
    Remembered,
    Returned,
    RunInProgress,
    UnitChanged,
    UnitCreated,
    UnitRecord,
    UnitRemoved,
    line_from_json,
    person_from_text,
)
from directory_sync.lines import weight_of
from directory_sync.plan_lines import PlanLines
from idp.domain.handles import new_id
from idp.domain.naming import likeness
from idp.domain.occasion import Occasion
from idp.provisioning.batch import Batch
from idp.provisioning.holding import store
from idp.provisioning.joiners import join
from idp.provisioning.known_persons import KnownLine, change
from idp.provisioning.name_desk import LOGINS, MailDomain, NameDesk
from idp.provisioning.ports import NameHolder, ProvisioningDatabase, ProvisioningUnitOfWork
from idp.provisioning.replaced import mark, replaced_by
from idp.provisioning.runs import Run, RunState
from idp.provisioning.structure import GroupLine, UnitLine, change_groups, change_units


class DatabaseSink:
    """Implements `AccountSink` for one source, for the length of one run."""

    def __init__(
        self, database: ProvisioningDatabase, source: str, mail: MailDomain, occasion: Occasion
    ) -> None:
        self._database = database
        self._source = source
        self._desk = NameDesk(mail)
        self._occasion = occasion
        self._planned: tuple[str, PlanLines] = ("", PlanLines())
        """The run that was held here and its lines, which need not be read back."""

    def known_persons(self, source: str, now: datetime) -> Iterator[KnownPerson]:
        """Stream everybody ever applied from the source."""
        with self._database.read() as uow:
            yield from uow.provisioning.entries.known(source, now)

    def remember(self, source: str, read: Sequence[Remembered]) -> None:
        """Keep what entries came to."""
        with self._database.write() as uow:
            uow.provisioning.entries.remember(source, read)

    def records(self, source: str, keys: Sequence[str]) -> Mapping[str, KnownRecord]:
        """Return the last applied records."""
        with self._database.read() as uow:
            entries = uow.provisioning.entries.find(source, keys)
        return {
            entry.key: KnownRecord(
                person_from_text(entry.record),
                entry.fingerprint,
                entry.active,
                entry.reverted,
                bool(entry.reverted_active),
            )
            for entry in entries
        }

    def holders(self, logins: Sequence[str], employee_numbers: Sequence[str]) -> Sequence[Holder]:
        """Return whose these user names (now or ever) and employee numbers are."""
        # Likeness is at least as wide as the library's skeleton, so a holder is asked for by the skeleton's.
        asked = {likeness(login): login for login in logins}
        with self._database.read() as uow:
            names = uow.provisioning.names.holders(LOGINS, list(asked)) if asked else ()
            numbered = uow.provisioning.entries.numbered(employee_numbers) if employee_numbers else ()
        found = [_holder(one, asked.get(one.canonical or "")) for one in names]
        return found + [_holder(one, None) for one in numbered]

    def known_units(self, source: str) -> Iterator[UnitRecord]:
        """Stream the units that are not removed."""
        with self._database.read() as uow:
            yield from uow.provisioning.structure.units(source)

    def known_groups(
        self, source: str, keys: Collection[str] | None = None
    ) -> Iterator[tuple[str, KnownGroup]]:
        """Stream the groups that are not removed."""
        with self._database.read() as uow:
            yield from uow.provisioning.structure.groups(source, keys)

    def taken_back(self, source: str) -> Mapping[str, bytes]:
        """Return what the directory said of units and groups when a human took it back."""
        with self._database.read() as uow:
            return uow.provisioning.structure.taken_back(source)

    def group_members(self, source: str, key: str) -> AbstractSet[str]:
        """Return the keys of a group's persons."""
        with self._database.read() as uow:
            return uow.provisioning.structure.member_keys(source, key)

    def names(self, source: str) -> Iterator[tuple[str, str]]:
        """Stream keys and DNs."""
        with self._database.read() as uow:
            yield from uow.provisioning.entries.names(source)

    def unit_sizes(self, source: str, codes: Sequence[str]) -> Mapping[str, int]:
        """Return how many active persons each unit has."""
        with self._database.read() as uow:
            return uow.provisioning.structure.sizes(source, codes, self._occasion.now)

    def unfinished_run(self, source: str) -> str | None:
        """Return the run that is being applied."""
        with self._database.read() as uow:
            run = uow.provisioning.runs.current(source, (RunState.APPLYING,))
        return None if run is None else run.id

    def hold(self, plan: Plan) -> str:
        """Store the whole plan. Raises `RunInProgress` if the source has an unfinished run."""
        run = Run(new_id(), plan.source, RunState.APPLYING, self._occasion.now)
        if not store(self._database, run, plan.lines):
            raise RunInProgress(plan.source)
        self._planned = run.id, plan.lines
        return run.id

    def pending(self, run: str, limit: int, after: int = -1) -> Sequence[HeldLine]:
        """Return the first lines beyond a position that are neither applied nor left out."""
        planned, lines = self._planned
        with self._database.read() as uow:
            if run != planned:
                found = uow.provisioning.runs.pending(run, limit, after)
                return _portion(((number, line_from_json(text)) for number, text in found), limit)
            numbers = uow.provisioning.runs.pending_numbers(run, limit, after)
        return _portion(zip(numbers, lines.at(numbers), strict=True), limit)

    def apply(self, run: str, lines: Sequence[HeldLine]) -> Sequence[LeftOut]:
        """Carry out lines in one transaction; return those that were left out."""
        with self._database.write() as uow:
            return self._apply(uow, run, lines)

    def _apply(self, uow: ProvisioningUnitOfWork, run: str, lines: Sequence[HeldLine]) -> Sequence[LeftOut]:
        still = uow.provisioning.runs.lock_pending(run, [held.position for held in lines])
        taken = [held for held in lines if held.position in still]
        batch = Batch(uow, self._source, self._desk, self._occasion)
        beside = uow.provisioning.runs.previous(run, still)
        uow.provisioning.runs.note_previous(run, replaced_by(uow, self._source, taken, beside))
        _carry_out(batch, taken)
        mark(uow, self._source, taken, beside)
        left_out = {out.position: out.reason for out in batch.left_out}
        batch.write_records()
        uow.provisioning.runs.mark(run, still - left_out.keys(), left_out)
        return batch.left_out

    def carry_out(self, plan: Plan) -> Sequence[LeftOut]:
        """Hold, apply and finish a small plan in one transaction: what is followed is a run like any other.

        Raises `RunInProgress` if the source has an unfinished run.
        """
        held = [HeldLine(number, line) for number, line in enumerate(plan.lines)]
        with self._database.write() as uow:
            runs = uow.provisioning.runs
            if runs.current(plan.source, (RunState.APPLYING,)) is not None:
                raise RunInProgress(plan.source)
            batch = Batch(uow, self._source, self._desk, self._occasion)
            previous = replaced_by(uow, self._source, held, {})
            _carry_out(batch, held)
            left_out = {out.position: out.reason for out in batch.left_out}
            counted = {"applied": len(held) - len(left_out), "left_out": len(left_out)}
            report: dict[str, int | Mapping[str, int]] = {
                "persons_read": plan.persons_read,
                "followed": 1,
                "planned": dict(plan.counts),
                "lines": {state: number for state, number in counted.items() if number},
            }
            now = self._occasion.now
            run = Run(new_id(), plan.source, RunState.APPLIED, now, now, report=report)
            runs.add_applied(
                run,
                list(plan.lines.texts()),
                [previous.get(number, "") for number in range(len(held))],
                left_out,
            )
            batch.write_records()
        return batch.left_out

    def finish(self, run: str) -> None:
        """Mark the run as finished."""
        with self._database.write() as uow:
            self._finish(uow, run)

    def _finish(self, uow: ProvisioningUnitOfWork, run: str) -> None:
        found = uow.provisioning.runs.get(run)
        if found is not None and found.state is RunState.APPLYING:
            done = found.moved(RunState.APPLIED, self._occasion.now)
            counted = dict(uow.provisioning.runs.counts(run))
            uow.provisioning.runs.move(
                replace(done, report={**found.report, "lines": counted}), expected=RunState.APPLYING
            )


def _portion(lines: Iterable[tuple[int, Line]], most: int) -> list[HeldLine]:
    """As many lines as one unit of work carries out: groups are as heavy as they have members."""
    portion: list[HeldLine] = []
    weight = 0
    for number, line in lines:
        weight += weight_of(line)
        if portion and weight > most:
            break
        portion.append(HeldLine(number, line))
    return portion


def _holder(one: NameHolder, skeleton: str | None) -> Holder:
    name = one.person.display_name
    if one.person.shown_name != name:
        name = f"Protected person {one.key or one.person.id}"
    return Holder(one.source, one.key, one.login, one.employee_number, name, skeleton)


def _carry_out(batch: Batch, lines: Sequence[HeldLine]) -> None:
    """Many lines by few statements, in the order that every plan has: units, known persons, new ones, groups.

    A conflict changes nothing: it is in the run's lines, for a human.
    """
    units: list[tuple[HeldLine, UnitLine]] = []
    known: list[tuple[HeldLine, KnownLine]] = []
    joining: list[tuple[HeldLine, Joiner]] = []
    groups: list[tuple[HeldLine, GroupLine]] = []
    for held in lines:
        match held.line:
            case UnitCreated() | UnitChanged() | UnitRemoved() as line:
                units.append((held, line))
            case Changed() | Mover() | Leaver() | Returned() as line:
                known.append((held, line))
            case Joiner() as line:
                joining.append((held, line))
            case GroupCreated() | GroupChanged() | GroupRemoved() as line:
                groups.append((held, line))
            case Conflict():
                pass
    change_units(batch, units)
    if known:
        change(batch, known)
    if joining:
        join(batch, joining)
    change_groups(batch, groups)
