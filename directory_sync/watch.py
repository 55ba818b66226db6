"""Following one source: changes are mapped, planned and applied as they come, under the same brake as a full reading.

Owns the order (a cookie first, then a full reading, then what has happened since the cookie), when everything is read
anyway, and that one brake holds for all that following takes away between two readings: a thousand small plans must
not do what one large one may not. Knows no mechanism (`changes`) and no table: what it remembers lies with a
`WatchMemory`, what it changes goes through the sink.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Protocol

from directory_sync.attribute_mapping import AttributeMapping
from directory_sync.brake import Braked, BrakeSettings, brake
from directory_sync.change_plan import PersonChanges, plan_ended, plan_persons
from directory_sync.changes import Change, CookieForgotten, Feed, Gone, Seen, Stopped, Told
from directory_sync.facts import KnownRecord
from directory_sync.lines import Leaver
from directory_sync.live_groups import LiveGroups, can_live
from directory_sync.plan import Plan
from directory_sync.plan_lines import PlanLines
from directory_sync.reading import EntryKind, Source
from directory_sync.run import Outcome, RunReport
from directory_sync.settings import FollowSettings
from directory_sync.sink import AccountSink, LeftOut
from directory_sync.watched import Watched, WatchState

_STRUCTURE_SETTLES = 1.0
_ENDED_EVERY = 2.0


class WatchMemory(Protocol):
    """Where it is remembered. Each call is one unit of work."""

    def load(self) -> Watched: ...
    def save(self, watched: Watched) -> None: ...
    def ended(self, now: datetime) -> Sequence[KnownRecord]:
        """The active persons whose end, as last applied, has passed."""
        ...

    def active(self) -> int:
        """How many active persons the source has."""
        ...

    def wants_reading(self) -> bool:
        """Whether a human has released a plan that the next full reading is to carry out."""
        ...


class FollowingSink(AccountSink, Protocol):
    """A sink that carries out a small plan in one unit of work."""

    def carry_out(self, plan: Plan) -> Sequence[LeftOut]:
        """Hold, apply and finish together. Raises `RunInProgress` like `hold`."""
        ...


@dataclass(frozen=True, slots=True)
class FullReading:
    """How everything is read: under what is counted already, and whether absence may be believed."""

    disabled_already: int = 0
    distrust: str | None = None


@dataclass(frozen=True, slots=True)
class WatchParts:
    """Everything that a watch works with."""

    source: str
    feed: Feed
    entries: Source
    mapping: AttributeMapping
    sink: Callable[[datetime], FollowingSink]
    memory: WatchMemory
    read_everything: Callable[[FullReading], RunReport]
    clock: Callable[[], datetime]
    settings: FollowSettings
    brake: BrakeSettings
    settings_hash: str


class Unreadable(Exception):
    """A full reading failed; the text says why."""


class Watch:
    """Follows one source for as long as `run` runs: faults end it, and whoever runs it tries again."""

    def __init__(self, parts: WatchParts) -> None:
        self._parts = parts
        self._watched = parts.memory.load()
        self._active = 0
        self._structure_due: float | None = None
        self._groups: LiveGroups | None = None
        self._ended_due = 0.0

    @property
    def watched(self) -> Watched:
        return self._watched

    def run(self, stopped: Stopped) -> None:
        """Raises `FeedFault` or `Unreadable`; what was applied is remembered."""
        self._active = self._parts.memory.active()
        watched = self._watched
        if watched.cookie is None or watched.cookie_of != self._parts.settings_hash or self._is_due():
            self._read_everything()
        while not stopped():
            cookie = self._watched.cookie
            if cookie is None:
                self._read_everything()
                continue
            try:
                for told in self._parts.feed.follow(cookie, stopped):
                    self._take(told)
                    if self._reading_is_wanted():
                        break
            except CookieForgotten as forgotten:
                self._read_everything(str(forgotten) if forgotten.backwards else None)
                continue
            if not stopped():
                self._read_everything()

    def failed(self, why: str) -> None:
        """Remember why it cannot go on for now."""
        now = self._parts.clock()
        self._save(state=WatchState.WAITING, error=why[:500], error_at=now)

    def _save(self, **changes: object) -> None:
        self._watched = replace(self._watched, **changes)  # type: ignore[arg-type]  # named fields, written here only
        self._parts.memory.save(self._watched)

    # everything

    def _is_due(self) -> bool:
        """Whether the day's reading is still to come."""
        last, now = self._watched.full_at, self._parts.clock()
        zone = self._parts.mapping.time_zone
        local = now.astimezone(zone)
        due = local.replace(
            hour=self._parts.settings.reconcile_at.hour,
            minute=self._parts.settings.reconcile_at.minute,
            second=0,
            microsecond=0,
        )
        due = due if due <= local else due - timedelta(days=1)
        return last is None or last < due

    def _reading_is_wanted(self) -> bool:
        if self._structure_due is not None and monotonic() >= self._structure_due:
            return True
        released = self._watched.state is WatchState.BRAKED and self._parts.memory.wants_reading()
        return released or self._is_due()

    def _read_everything(self, distrust: str | None = None) -> None:
        """The cookie is asked for first: what happens while the reading goes on is told again afterwards."""
        parts = self._parts
        self._save(state=WatchState.READING, mechanism=parts.feed.mechanism)
        cookie = parts.feed.mark()
        began = parts.clock()
        already = self._watched.disabled_lately(began)
        report = parts.read_everything(FullReading(already, distrust))
        if report.outcome is Outcome.UNREADABLE or (report.plan is not None and report.plan.absence_withheld):
            raise Unreadable(report.reason or "the reading was not complete")
        self._structure_due = self._groups = None
        self._active = parts.memory.active()
        braked = report.outcome is Outcome.BRAKED
        self._save(
            state=WatchState.BRAKED if braked else WatchState.FOLLOWING,
            cookie=cookie,
            cookie_of=parts.settings_hash,
            full_at=began,
            # What is held back makes it lag from when it was last whole.
            current_at=self._watched.current_at if braked else began,
            error=report.braked.reason if report.braked is not None else "",
            error_at=began if braked else None,
        )

    # changes

    def _take(self, told: Told) -> None:
        began, now = monotonic(), self._parts.clock()
        braked = None
        if told.changes:
            braked = self._apply(told, now)
        if monotonic() >= self._ended_due:
            self._ended_due = monotonic() + _ENDED_EVERY
            braked = self._end(now) or braked
        if told.changes or told.cookie is not None or braked is not None:
            self._remember(told, now, timedelta(seconds=monotonic() - began), braked)

    def _remember(self, told: Told, now: datetime, took: timedelta, braked: Braked | None) -> None:
        watched = self._watched
        if braked is not None:
            self._structure_due = monotonic()  # a full reading holds the plan for a human
        waits = braked is not None or watched.state is WatchState.BRAKED
        state = WatchState.BRAKED if waits else WatchState.FOLLOWING
        changes: dict[str, object] = {"state": state, "mechanism": self._parts.feed.mechanism}
        if told.cookie is not None:
            changes |= {"cookie": told.cookie}
            if state is WatchState.FOLLOWING:
                changes |= {"current_at": now + took, "error": "", "error_at": None}
        if told.changes:
            changes |= {
                "changed_at": now + took,
                "took": took,
                "changes": watched.changes + len(told.changes),
            }
        self._save(**changes)

    def _apply(self, told: Told, now: datetime) -> Braked | None:
        parts, sink = self._parts, self._parts.sink(now)
        told = replace(told, changes=self._ours(told.changes, sink))
        kinds = {change.kind for change in told.changes}
        changes = PersonChanges(told.changes, parts.mapping)
        braked = None
        if changes.keys:
            braked = self._carry_out(sink, plan_persons(parts.source, changes, sink, now, self._active), now)
        if EntryKind.UNIT in kinds or (EntryKind.GROUP in kinds and not can_live(parts.mapping)):
            self._structure_due = self._structure_due or monotonic() + _STRUCTURE_SETTLES
        elif EntryKind.GROUP in kinds or self._groups_are_concerned(changes):
            braked = self._apply_to_groups(told, sink, now) or braked
        return braked

    def _ours(self, changes: Sequence[Change], sink: FollowingSink) -> tuple[Change, ...]:
        """Without units and groups that are gone and never were any.

        A server tells each search of every changed entry that is not among what it asks for (RFC 4533 §3.3.2): of a
        person too that no such unit is left.
        """
        # Once the groups have been read, they know best whom a change concerns.
        kinds = {EntryKind.UNIT, EntryKind.GROUP} if self._groups is None else {EntryKind.UNIT}
        seen = {(one.kind, one.entry.key) for one in changes if isinstance(one, Seen)}
        gone = {(one.kind, one.key) for one in changes if isinstance(one, Gone) and one.kind in kinds}
        strange = gone - seen
        groups = [key for kind, key in strange if kind is EntryKind.GROUP]
        if len(strange) > len(groups):
            strange -= {(EntryKind.UNIT, unit.key) for unit in sink.known_units(self._parts.source)}
        if groups:
            known = sink.known_groups(self._parts.source, groups)
            strange -= {(EntryKind.GROUP, key) for key, _ in known}
        return tuple(one for one in changes if isinstance(one, Seen) or (one.kind, one.key) not in strange)

    def _groups_are_concerned(self, changes: PersonChanges) -> bool:
        if self._groups is None:
            # Whether a person names another primary group than before is not known before all are.
            follows = self._parts.mapping.primary_group is not None and can_live(self._parts.mapping)
            return follows and bool(changes.keys) and self._parts.entries.has(EntryKind.GROUP)
        return bool(changes.keys)

    def _apply_to_groups(self, told: Told, sink: FollowingSink, now: datetime) -> Braked | None:
        groups = self._groups
        if groups is None:
            groups = LiveGroups(self._parts.source, self._parts.mapping)
            if not groups.read(self._parts.entries, sink):
                self._structure_due = monotonic() + _STRUCTURE_SETTLES
                return None
            self._groups = groups
        groups.change(told.changes, sink)
        return self._carry_out(sink, groups.plan(sink, now, self._active), now)

    def _end(self, now: datetime) -> Braked | None:
        ended = self._parts.memory.ended(now)
        if not ended:
            return None
        plan = plan_ended(self._parts.source, ended, now, self._active)
        return self._carry_out(self._parts.sink(now), plan, now)

    def _carry_out(self, sink: FollowingSink, plan: Plan, now: datetime) -> Braked | None:
        if not plan.changes_anything:
            return None
        already = self._watched.disabled_lately(now)
        sizes = partial(sink.unit_sizes, plan.source)
        braked = brake(plan, self._parts.brake, already, sizes)
        if braked is not None:
            others = PlanLines(line for line in plan.lines if not braked.stops(line))
            plan = replace(plan, lines=others)
        left_out: Sequence[LeftOut] = sink.carry_out(plan) if plan.changes_anything else ()
        disabled = plan.would_disable - sum(isinstance(out.line, Leaver) for out in left_out)
        if disabled:
            opened = self._watched.window_at if already else now
            self._watched = replace(self._watched, window_at=opened, window_disabled=already + disabled)
            self._active -= disabled
        if left_out:
            # Their facts have changed since they were planned a moment ago: another run is at work. Read it all again.
            self._structure_due = monotonic() + _STRUCTURE_SETTLES
        return braked
