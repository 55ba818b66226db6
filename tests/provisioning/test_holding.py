"""A long plan is stored by and by, so that nobody waits for it, and counts for nothing until it is whole (L10)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from directory_sync import RunInProgress
from idp.provisioning import holding
from idp.provisioning.runs import RunState
from idp.storage import sync_runs as stored
from idp.storage.pruning import prune
from idp.storage.tables import sync_lines, sync_runs
from tests.provisioning.town import SOURCE, Town, record

PEOPLE = [record(f"k{n}", f"Anna {chr(65 + n)}berg") for n in range(8)]
LINES = len(PEOPLE) + 3  # and the units of the town


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    monkeypatch.setattr(holding, "AT_ONCE", 3)


def runs(town: Town) -> dict[str, int]:
    """How many lines each run has, by its state."""
    rows = town.rows(
        select(sync_runs.c.state, func.count(sync_lines.c.number))
        .outerjoin(sync_lines, sync_lines.c.run_id == sync_runs.c.id)
        .group_by(sync_runs.c.id, sync_runs.c.state)
    )
    return dict(tuple(row) for row in rows)


def test_it_is_carried_out_like_any_other(town: Town):
    assert town.synchronise(*PEOPLE, batch=2) == []
    assert runs(town) == {"applied": LINES}
    assert town.account("k7").login == "k7"


def test_L10_what_a_kill_left_of_it_is_no_plan_and_is_pruned_after_a_day(town: Town, monkeypatch):
    sink, plan = town.plan(PEOPLE)
    append = stored.SqlRuns.append

    def killed(self, run_id, first, lines):
        if first:
            raise KeyboardInterrupt
        append(self, run_id, first, lines)

    monkeypatch.setattr(stored.SqlRuns, "append", killed)
    with pytest.raises(KeyboardInterrupt):
        sink.hold(plan)
    assert runs(town) == {"storing": 3}
    assert sink.unfinished_run(SOURCE) is None
    monkeypatch.setattr(stored.SqlRuns, "append", append)
    town.synchronise(*PEOPLE)
    prune(town.database, town.now + timedelta(hours=23), lambda: True)
    assert runs(town) == {"storing": 3, "applied": LINES}
    prune(town.database, town.now + timedelta(hours=25), lambda: True)
    assert runs(town) == {"applied": LINES}


def test_N4_of_two_that_are_stored_at_once_one_is_carried_out(town: Town):
    (one, plan), (other, same_plan) = town.plan(PEOPLE), town.plan(PEOPLE)
    run = one.hold(plan)
    with pytest.raises(RunInProgress):
        other.hold(same_plan)
    with town.database.read() as uow:
        current = uow.provisioning.runs.current(SOURCE, (RunState.APPLYING,))
    assert current is not None
    assert current.id == run
