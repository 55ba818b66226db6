"""Any applied run can be read afterwards, and taken back whole or for one person; and it stays taken back."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from directory_sync import LeftOut, sentence
from directory_sync.revert import CHANGED_SINCE, TAKEN_BACK
from idp.domain.account import AccountState, Role
from idp.domain.accounts import give_role
from idp.domain.administration import no
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.roles import SERVER, Doer
from idp.provisioning.holding import read_run
from idp.provisioning.runs import RunState
from idp.provisioning.taking_back import Order, TakenBack, carry_on_all, take_back
from idp.provisioning.undo import HOLDS_A_ROLE, Summary, UndoPlan, plan_undo
from idp.storage.tables import accounts, audit_records, sync_runs
from tests.provisioning.personnel import configure
from tests.provisioning.town import DOMAIN, SOURCE, group, record, unit

BEFORE = (record("anna", "Anna Berg"), record("bo", "Bo Ek"), record("cia", "Cia Alm"))
#: More than are carried out at once, than are read in one piece, and than two batches.
MANY = 1_050
AFTER = (record("anna", "Anna Lind"), record("bo", "Bo Ek", disabled="locked"), record("dan", "Dan Ny"))


@pytest.fixture
def directory(town):
    """The directory as it is configured; without a domain, so that the organisation's stands in."""
    configure(town.database, SOURCE)


@pytest.fixture
def changed(town, directory):
    """A town in which one was renamed, one disabled, one has gone, one come, and the groups have changed."""
    town.groups = [group("old", "anna"), group("staff", "anna", "bo")]
    town.synchronise(*BEFORE)
    town.later(hours=1)
    town.groups = [group("new", "dan"), group("staff", "anna", "dan")]
    town.synchronise(*AFTER)
    return town


def newest(town) -> str:
    return town.rows(select(sync_runs.c.id).order_by(sync_runs.c.started_at.desc()))[0].id


def states(town):
    keys = ("anna", "bo", "cia", "dan")
    return {key: town.account(key).state for key in keys}


def members(town, name):
    with town.database.read() as uow:
        return set(uow.provisioning.structure.member_keys(SOURCE, f"group-{name}"))


def surname(town, key):
    with town.database.read() as uow:
        return uow.people.get(town.person(key)).surname


def planned(uow, town, run=None, person=None):
    found = plan_undo(uow, run or newest(town), town.occasion, DOMAIN, person)
    assert isinstance(found, UndoPlan), found
    return found


def undo(town, person=None, run=None, doer=SERVER):
    with town.database.read() as uow:
        plan = planned(uow, town, run, person).summary().hash
    order = Order(run or newest(town), plan, "wrong file", person)
    with town.database.write() as uow:
        done = take_back(uow, doer, order, town.occasion, DOMAIN)
    assert isinstance(done, TakenBack), done
    return done


def test_a_run_can_be_read_afterwards(changed):
    told = [
        sentence(one.line) for one in read_run(changed.database, newest(changed)) if one.state == "applied"
    ]
    assert any("Bo Ek (bo) leaves" in text for text in told)
    assert any("Dan Ny (dan) joins" in text for text in told)


def test_taken_back_whole(changed):
    on, off = AccountState.ACTIVE, AccountState.DISABLED
    assert states(changed) == {"anna": on, "bo": off, "cia": off, "dan": on}
    done = undo(changed)
    assert (done.left_out, done.finished) == ([], True)
    assert states(changed) == {"anna": on, "bo": on, "cia": on, "dan": off}
    assert surname(changed, "anna") == "Berg"
    assert (members(changed, "staff"), members(changed, "old"), members(changed, "new")) == (
        {"anna", "bo"}, {"anna"}, set(),
    )  # fmt: skip


def test_what_the_directory_goes_on_saying_does_not_come_again(changed):
    undo(changed)
    _, plan = changed.plan(AFTER)
    assert len(plan.lines) == 0
    # Something new is said of anna, and bo is enabled again: that is news.
    news = (record("anna", "Anna Ny"), record("bo", "Bo Ek"), record("dan", "Dan Ny"))
    changed.synchronise(*news)
    assert surname(changed, "anna") == "Ny"
    # cia was absent; when she is seen again and then absent again, she leaves like anybody else.
    changed.synchronise(*news, record("cia", "Cia Alm"))
    changed.synchronise(*news)
    assert changed.account("cia").state is AccountState.DISABLED
    # And bo, of whom the directory had said otherwise, can be disabled again.
    changed.synchronise(news[0], replace(news[1], disabled="locked"), news[2])
    assert changed.account("bo").state is AccountState.DISABLED


def test_units_and_groups_stay_taken_back_until_the_directory_says_something_else(town, directory):
    town.units = [unit("A"), unit("A1", "A"), unit("B")]
    town.groups = [group("old", "anna"), group("staff", "anna")]
    town.synchronise(*BEFORE)
    town.later(hours=1)
    town.units = [replace(unit("A"), name="Alpha"), unit("A1", "A"), unit("C")]
    town.groups = [group("new", "bo"), group("staff", "anna", "bo")]
    town.synchronise(*BEFORE)
    undo(town)
    assert units(town) == {"A": "Unit A", "A1": "Unit A1", "B": "Unit B"}
    assert (members(town, "old"), members(town, "new"), members(town, "staff")) == ({"anna"}, set(), {"anna"})
    town.later(hours=1)
    assert len(town.plan(BEFORE)[1].lines) == 0
    # One of each says something else: only that is news.
    town.units[0] = replace(unit("A"), name="Aleph")
    town.groups[1] = group("staff", "anna", "bo", "cia")
    town.synchronise(*BEFORE)
    assert units(town) == {"A": "Aleph", "A1": "Unit A1", "B": "Unit B"}
    assert members(town, "staff") == {"anna", "bo", "cia"}
    assert members(town, "new") == set()
    # What had gone is there again, and then has gone again: that counts like anything else.
    town.units.append(unit("B"))
    town.groups.append(group("old", "anna"))
    town.synchronise(*BEFORE)
    town.units.pop()
    town.groups.pop()
    town.synchronise(*BEFORE)
    assert set(units(town)) == {"A", "A1"}
    assert members(town, "old") == set()


def units(town):
    with town.database.read() as uow:
        return {one.code: one.name for one in uow.provisioning.structure.units(SOURCE)}


def test_one_person_goes_back_into_the_groups_and_the_others_stay_as_they_are(changed):
    changed.later(hours=1)
    undo(changed, "bo")
    assert members(changed, "staff") == {"anna", "bo", "dan"}
    assert len(changed.plan(AFTER)[1].lines) == 0
    changed.later(hours=1)
    undo(changed)
    assert members(changed, "staff") == {"anna", "dan"}


def test_taken_back_for_one_person(changed):
    undo(changed, "bo")
    assert changed.account("bo").state is AccountState.ACTIVE
    assert changed.account("cia").state is AccountState.DISABLED
    assert surname(changed, "anna") == "Lind"


def test_only_what_still_is_as_the_run_left_it_is_taken_back(changed):
    run = newest(changed)
    changed.later(hours=1)
    changed.synchronise(record("anna", "Anna Newest"), *AFTER[1:])
    with changed.database.read() as uow:
        stays = [one for one in planned(uow, changed, run).page(0, 99) if isinstance(one, LeftOut)]
    assert [(one.line.record.key, one.reason) for one in stays] == [("anna", CHANGED_SINCE)]
    undo(changed, run=run)
    assert surname(changed, "anna") == "Newest"


def test_undoing_can_be_undone(changed):
    changed.later(hours=1)
    undo(changed)
    changed.later(hours=1)
    undo(changed)
    assert surname(changed, "anna") == "Lind"
    assert changed.account("bo").state is AccountState.DISABLED
    assert changed.account("dan").state is AccountState.ACTIVE


def outcomes(town, run, person=None):
    """What would become of each line: "" if it is taken back, else why it stays."""
    with town.database.read() as uow:
        found = planned(uow, town, run, person).page(0, 999)
    return {sentence(one.line): getattr(one, "reason", "") for one in found}


def test_what_was_taken_back_for_one_is_said_and_the_rest_can_still_be_taken_back(changed):
    run = newest(changed)
    changed.later(hours=1)
    undo(changed, "bo", run)
    told = outcomes(changed, run)
    assert [reason for words, reason in told.items() if "(bo)" in words] == [TAKEN_BACK]
    assert sum(reason == "" for reason in told.values()) == len(told) - 1
    # The group that let dan in and put bo out: bo is back already, dan is still to go.
    assert members(changed, "staff") == {"anna", "bo", "dan"}
    changed.later(hours=1)
    undo(changed, run=run)
    assert members(changed, "staff") == {"anna", "bo"}
    assert states(changed) == dict.fromkeys(("anna", "bo", "cia"), AccountState.ACTIVE) | {
        "dan": AccountState.DISABLED
    }
    assert set(outcomes(changed, run).values()) == {TAKEN_BACK}
    assert len(changed.plan(AFTER)[1].lines) == 0


def test_whoever_a_new_group_let_in_goes_and_then_the_group(changed):
    run = newest(changed)
    changed.later(hours=1)
    assert undo(changed, "dan", run).lines == 3, "the person, the new group and the other"
    assert (members(changed, "new"), members(changed, "staff")) == (set(), {"anna"})
    assert groups(changed) == {"new", "staff"}
    assert len(changed.plan(AFTER)[1].lines) == 0
    changed.later(hours=1)
    assert undo(changed, run=run).left_out == []
    assert groups(changed) == {"old", "staff"}
    assert members(changed, "staff") == {"anna", "bo"}
    assert len(changed.plan(AFTER)[1].lines) == 0


def groups(town):
    with town.database.read() as uow:
        return {one.name for _, one in uow.provisioning.structure.groups(SOURCE)}


def test_which_run_takes_back_which(changed):
    run = newest(changed)
    changed.later(hours=1)
    first = undo(changed, "bo", run).run
    changed.later(hours=1)
    second = undo(changed, run=run).run
    with changed.database.read() as uow:
        found = uow.provisioning.runs.taken_back_by(run)
        assert uow.provisioning.runs.taking_back() == []
    assert [(one.id, one.reverts, one.report["for_one"]) for one in found] == [
        (first, run, 1),
        (second, run, 0),
    ]


def test_a_plan_that_has_changed_is_refused_and_nothing_is_done(changed):
    run = newest(changed)
    with changed.database.read() as uow:
        plan = planned(uow, changed).summary().hash
    changed.later(hours=1)
    changed.synchronise(record("anna", "Anna Newest"), *AFTER[1:])
    before = changed.events()
    order = Order(run, plan, "wrong file")
    with changed.database.write() as uow:
        assert take_back(uow, SERVER, order, changed.occasion, DOMAIN) == no("plan_changed")
    assert (changed.events(), states(changed)["bo"]) == (before, AccountState.DISABLED)
    with changed.database.read() as uow:
        assert uow.provisioning.runs.taken_back_by(run) == []


def test_while_another_run_goes_on_nothing_is_taken_back(changed):
    run = newest(changed)
    with changed.database.read() as uow:
        plan = planned(uow, changed).summary().hash
    changed.later(hours=1)
    sink, news = changed.plan((record("anna", "Anna Lind"), record("dan", "Dan Ny"), record("eva", "Eva Ek")))
    sink.hold(news)
    with changed.database.write() as uow:
        refused = take_back(uow, SERVER, Order(run, plan, "x"), changed.occasion, DOMAIN)
    assert refused == no("run_in_progress")
    with changed.database.read() as uow:
        assert plan_undo(uow, newest(changed), changed.occasion, DOMAIN) == no("run_not_applied")
        assert plan_undo(uow, "unknown", changed.occasion, DOMAIN) == no("unknown")


def test_two_at_the_same_moment_take_it_back_once(changed):
    run = newest(changed)
    with changed.database.read() as uow:
        plan = planned(uow, changed).summary().hash
    together, answers = Barrier(2), []

    def one():
        with changed.database.read() as uow:
            uow.provisioning.runs.get(run)
        together.wait()
        with changed.database.write() as uow:
            answers.append(take_back(uow, SERVER, Order(run, plan, "x"), changed.occasion, DOMAIN))

    threads = [Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    done = [one for one in answers if isinstance(one, TakenBack)]
    assert [one.left_out for one in done] == [[]]
    assert [one for one in answers if one not in done] == [no("nothing_to_take_back")]
    assert changed.events().count("synchronisation.taken_back") == 1


def test_C4_whoever_has_a_role_is_not_disabled_by_taking_a_run_back(changed):
    """The run that let everybody in let the administrators in, too."""
    run = newest(changed)
    dan = changed.account("dan")
    with changed.database.write() as uow:
        assert give_role(uow, dan.id, Role.ADMINISTRATOR, changed.occasion)
    told = outcomes(changed, run)
    assert [reason for words, reason in told.items() if "(dan)" in words] == [HOLDS_A_ROLE]
    undo(changed)
    assert states(changed)["dan"] is AccountState.ACTIVE
    assert states(changed)["bo"] is AccountState.ACTIVE


def test_the_act_is_recorded_with_its_reason_and_the_changes_name_who_did_it(changed):
    actor = Actor(ActorKind.ACCOUNT, "a" * 32)
    occasion = replace(changed.occasion, actor=actor)
    run = newest(changed)
    with changed.database.read() as uow:
        plan = planned(uow, changed).summary().hash
    with changed.database.write() as uow:
        assert take_back(uow, SERVER, Order(run, plan, " "), occasion, DOMAIN) == no("no_reason")
        assert take_back(uow, Doer(), Order(run, plan, "x"), occasion, DOMAIN).reasons[0].code == "no_role"
        take_back(uow, SERVER, Order(run, plan, "the file was last year's"), occasion, DOMAIN)
    rows = changed.rows(select(audit_records).where(audit_records.c.actor == actor.name))
    kinds = {row.type for row in rows}
    assert {"act.refused", "synchronisation.taken_back", "account.enabled", "account.disabled"} <= kinds
    (act,) = [row for row in rows if row.type == "synchronisation.taken_back"]
    assert act.reason == "the file was last year's"


class TestLong:
    """More lines than somebody waits for: held in the transaction that decides, carried out afterwards."""

    @pytest.fixture
    def many(self, town, directory):  # noqa: ARG002 - it is to be configured
        town.units = []
        town.synchronise(*(record(f"p{n:04}", f"Per Nr{n:04}") for n in range(MANY)))
        town.later(hours=1)
        return town

    def enabled(self, town):
        rows = town.rows(select(accounts.c.state))
        return sum(row.state == "active" for row in rows)

    def test_it_is_read_in_pieces_and_has_one_hash(self, many):
        with many.database.read() as uow:
            plan = planned(uow, many)
            whole = plan.page(0, 9_999)
            pages = [*plan.page(0, 990), *plan.page(990, 200)]
            newest_first = list(plan.newest_first())
            assert plan.summary() == Summary(plan.summary().hash, MANY, 0)
        assert [one.position for one in whole] == list(range(MANY))
        assert (pages, newest_first[::-1]) == (whole, whole)

    def test_held_then_carried_out_by_a_job_in_the_name_of_who_asked(self, many):
        done = undo(many)
        assert (done.lines, done.finished, self.enabled(many)) == (MANY, False, MANY)
        turns = iter([True, True, False])
        later = Occasion(many.now, "job", Actor(ActorKind.JOB, "sync-undo"))
        carry_on_all(many.database, later, DOMAIN, lambda: next(turns))
        assert self.enabled(many) == MANY - 2 * 500, "stopped between two batches"
        with many.database.read() as uow:
            (run,) = uow.provisioning.runs.taking_back()
        assert run.id == done.run
        carry_on_all(many.database, later, DOMAIN, lambda: True)
        assert self.enabled(many) == 0
        rows = many.rows(select(audit_records).where(audit_records.c.type == "account.disabled"))
        assert {row.actor for row in rows} == {many.occasion.actor.name}
        with many.database.read() as uow:
            ended = uow.provisioning.runs.get(done.run)
        assert (ended.state, ended.report["lines"]) == (RunState.APPLIED, {"applied": MANY})

    def test_the_next_reading_carries_it_on_if_nobody_else_does(self, many):
        done = undo(many)
        assert many.sink().unfinished_run(SOURCE) == done.run
