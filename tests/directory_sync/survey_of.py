"""A survey and a plan from records in a list, as a reading would have made them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from directory_sync import GroupRecord, PersonRecord, Plan, UnitRecord
from directory_sync.plan import make_plan
from directory_sync.reading import Complete, Reading
from directory_sync.scratch import FEW, Scratch
from directory_sync.snapshot import Snapshot
from directory_sync.survey import Survey
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import NOW


def plan_of(
    persons: Collection[PersonRecord],
    sink: MemorySink,
    *,
    reading: Reading | None = None,
    units: Sequence[UnitRecord] | None = None,
    groups: Sequence[GroupRecord] | None = None,
    now: datetime = NOW,
) -> Plan:
    """In memory and laid down line by line: both come to the same."""
    plans = []
    for few in (FEW, 1):
        survey = Survey("town", Snapshot(sink.known_persons("town", now)), now, Scratch(few))
        for record in persons:
            survey.person(record)
        survey.units = units
        survey.groups = None if groups is None else sorted(groups, key=lambda group: group.key)
        plans.append(make_plan(survey, reading or Complete(survey.persons), sink))
    here, laid_down = plans
    assert list(here.lines) == list(laid_down.lines)
    assert here.lines.counts == laid_down.lines.counts
    assert here.content_hash == laid_down.content_hash
    return laid_down


def carry_out(plan: Plan, sink: MemorySink) -> None:
    run = sink.hold(plan)
    left_out = sink.apply(run, sink.pending(run, len(plan.lines)))
    assert not left_out
    sink.finish(run)
