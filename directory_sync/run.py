"""One synchronisation: read, map, plan, hold, apply.

Owns the order of the stages and the report. A run that was killed after its plan was held is carried on
with before anything new is read (L10); a run that was killed earlier has left nothing behind. Knows neither
LDAP nor tables.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

from directory_sync.as_read import Marks, Remembered
from directory_sync.attribute_mapping import AttributeMapping
from directory_sync.brake import Braked, BrakeSettings, brake, distrusted
from directory_sync.collect import Collected, Memory, collect
from directory_sync.cyclic import collector_eased
from directory_sync.entry import BrokenEntry
from directory_sync.held import Released
from directory_sync.lines import Conflict, kind_of
from directory_sync.plan import Plan, make_plan
from directory_sync.reading import Incomplete, Source
from directory_sync.scratch import NoRoom
from directory_sync.sink import AccountSink, LeftOut
from directory_sync.snapshot import Snapshot
from directory_sync.survey import Survey


class Stage(StrEnum):
    READ = "read"
    PLAN = "plan"
    HOLD = "hold"
    APPLY = "apply"


class Outcome(StrEnum):
    UNCHANGED = "unchanged"
    PLANNED = "planned"
    APPLIED = "applied"
    BRAKED = "braked"
    UNREADABLE = "unreadable"
    REFUSED = "refused"
    """The brake would stop the plan for other reasons than those that a human has read."""


Progress = Callable[[Stage, int], None]
"""Told the stage and how many entries or lines it has dealt with."""


def _forget(_read: Sequence[Remembered]) -> None:
    return


def _silent(_stage: Stage, _done: int) -> None:
    return


@dataclass(frozen=True, slots=True)
class RunReport:
    """What came of a run, for people and for the record."""

    source: str
    outcome: Outcome
    persons_read: int = 0
    broken: tuple[BrokenEntry, ...] = ()
    reason: str | None = None
    """Why nothing could be read, why the reading was incomplete, or why the plan was stopped."""
    plan: Plan | None = None
    braked: Braked | None = None
    run: str | None = None
    applied: Mapping[str, int] = field(default_factory=dict)
    """How many lines of each kind were carried out."""
    left_out: tuple[LeftOut, ...] = ()
    released: bool = False
    """Whether a plan that a human had let through was carried out; `left_out` then has what was overtaken, too."""
    continued: str | None = None
    """An earlier run that had not been finished; carried to its end first (by a dry run only named)."""

    @property
    def plan_hash(self) -> str | None:
        """Names the plan to whoever releases the brake; made when it is asked for."""
        return None if self.plan is None else self.plan.content_hash

    @property
    def conflicts(self) -> Iterator[Conflict]:
        """What a human has to look at, one after another."""
        return iter(()) if self.plan is None else self.plan.lines.of_kind(Conflict)


@dataclass(frozen=True, slots=True)
class RunSettings:
    brake: BrakeSettings = field(default_factory=BrakeSettings)
    batch: int = 1000
    """How many lines one unit of work applies."""
    disabled_already: int = 0
    """How many following has disabled lately; they count against the brake."""
    product: str = ""
    """The profile by which entries are decoded; only then is it remembered how they read."""
    distrust: str | None = None
    """Why absence must not be believed, however complete the reading: a human has to see it first."""


def synchronise(
    source: Source,
    mapping: AttributeMapping,
    sink: AccountSink,
    now: datetime,
    *,
    settings: RunSettings | None = None,
    dry_run: bool = False,
    release: Released | None = None,
    progress: Progress = _silent,
) -> RunReport:
    """Bring the accounts in line with the source.

    `release` is a plan that a human has read and let through. Of it those lines are carried out which the directory and
    the accounts still come to, and no others: what has been overtaken is left out, and planned anew by the next run. If
    the brake would stop the new plan for other reasons than the one that was read, nothing is done.
    """
    with collector_eased():
        return _synchronise(source, mapping, sink, now, settings or RunSettings(), dry_run, release, progress)


def _synchronise(
    source: Source,
    mapping: AttributeMapping,
    sink: AccountSink,
    now: datetime,
    settings: RunSettings,
    dry_run: bool,  # noqa: FBT001 - the public function names it
    release: Released | None,
    progress: Progress,
) -> RunReport:
    carriage = _Carriage(sink, settings.batch, progress)
    continued = sink.unfinished_run(source.name)
    if continued is not None and not dry_run:
        carriage.carry_out(continued)
    memory = None
    if settings.product and mapping.group.members_are == "dn":
        remember = _forget if dry_run else partial(sink.remember, source.name)
        memory = Memory(Marks(settings.product, mapping), remember)

    def read(survey: Survey) -> Collected:
        return collect(source, mapping, survey, lambda done: progress(Stage.READ, done), memory)

    report = _planned(read, source.name, sink, now, settings, release)
    if report.outcome is Outcome.PLANNED and report.plan is not None and not dry_run:
        run = sink.hold(report.plan)
        progress(Stage.HOLD, len(report.plan.lines))
        carriage.carry_out(run)
        report = replace(report, outcome=Outcome.APPLIED, run=run)
    left_out = (*report.left_out, *carriage.left_out)
    return replace(report, continued=continued, applied=dict(carriage.applied), left_out=left_out)


def _planned(
    read: Callable[[Survey], Collected],
    source: str,
    sink: AccountSink,
    now: datetime,
    settings: RunSettings,
    release: Released | None,
) -> RunReport:
    """Everything up to the plan. What is known of everybody is forgotten before the plan is carried out."""
    survey = Survey(source, Snapshot(sink.known_persons(source, now)), now)
    try:
        return _propose(survey, read(survey), sink, settings, release)
    except NoRoom as why:
        return RunReport(source, Outcome.UNREADABLE, survey.persons, reason=str(why))


def _propose(
    survey: Survey, collected: Collected, sink: AccountSink, settings: RunSettings, release: Released | None
) -> RunReport:
    """The report of a run that has not changed anything yet."""
    reading, broken = collected.reading, collected.broken
    if survey.persons == 0:
        reason = reading.reason if isinstance(reading, Incomplete) else "not one usable person was found"
        return RunReport(survey.source, Outcome.UNREADABLE, 0, broken, reason)
    plan = make_plan(survey, reading, sink)
    braked = brake(plan, settings.brake, settings.disabled_already, partial(sink.unit_sizes, survey.source))
    braked = braked or distrusted(plan, settings.distrust)
    outcome = Outcome.PLANNED if plan.changes_anything else Outcome.UNCHANGED
    left_out: tuple[LeftOut, ...] = ()
    if braked is not None:
        outcome = Outcome.BRAKED
    if release is not None:
        refused = release.refusal(braked, plan)
        if refused is None:
            plan, left_out = release.of(plan)
            outcome = Outcome.PLANNED if plan.changes_anything else Outcome.UNCHANGED
        elif release.strict:
            return RunReport(
                survey.source,
                Outcome.REFUSED,
                survey.persons,
                broken,
                refused,
                plan,
                braked,
            )
    return RunReport(
        survey.source,
        outcome,
        survey.persons,
        broken,
        plan.absence_withheld,
        plan,
        braked,
        left_out=left_out,
        released=release is not None and outcome is not Outcome.BRAKED,
    )


class _Carriage:
    """Carries held runs to their end, batch by batch, and counts."""

    def __init__(self, sink: AccountSink, batch: int, progress: Progress) -> None:
        self._sink = sink
        self._batch = batch
        self._progress = progress
        self.applied: Counter[str] = Counter()
        self.left_out: list[LeftOut] = []

    def carry_out(self, run: str) -> None:
        done = 0
        last = -1
        while lines := self._sink.pending(run, self._batch, last):
            last = lines[-1].position
            left_out = self._sink.apply(run, lines)
            self.left_out += left_out
            self.applied.update(kind_of(held.line) for held in lines)
            self.applied.subtract(kind_of(out.line) for out in left_out)
            done += len(lines)
            self._progress(Stage.APPLY, done)
        for held in self._sink.pending(run, 1):
            msg = f"the sink returned line {held.position} of run {run} again after applying it"
            raise RuntimeError(msg)
        self._sink.finish(run)
