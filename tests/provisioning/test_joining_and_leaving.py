"""Joiners, movers, leavers and returners, on both databases."""

from dataclasses import replace

from sqlalchemy import select

from directory_sync import EmploymentRecord
from directory_sync.reading import Incomplete
from idp.domain.account import AccountState, PasswordSource
from idp.domain.accounts import add_administrator, disable, enable
from idp.domain.assurance import Method, Proof
from idp.domain.handles import SessionId, digest, new_handle, new_id
from idp.domain.session import EndReason, Session
from idp.storage.tables import (
    directory_entries,
    persons,
    role_grants,
    sessions,
)
from tests.provisioning.town import DOMAIN, SOURCE, Town, group, record


def test_a_newcomer_gets_account_user_name_address_and_employment(town: Town):
    left_out = town.synchronise(record("asaobe01", "Åsa Öberg", employee_number="417"))
    account = town.account("asaobe01")
    assert left_out == []
    assert (account.login, account.state) == ("asaobe01", AccountState.ACTIVE)
    assert (account.password_source, account.directory, account.directory_key) == (
        PasswordSource.DIRECTORY, SOURCE, "asaobe01",
    )  # fmt: skip
    assert town.primary("asaobe01") == f"asa.oberg@{DOMAIN}"
    with town.database.read() as uow:
        person = uow.people.get(account.person_id)
        facts = uow.accounts.facts(account, town.now)
        held = uow.people.employments(account.person_id)
    assert person is not None
    assert (person.employee_number, person.display_name) == ("417", "Åsa Öberg")
    assert facts.units == {"A", "A1"}
    assert [one.title for one in held] == ["Handläggare"]
    assert town.events(account.id) == ["account.created"]


def test_every_value_knows_its_entry_and_attribute(town: Town):
    town.synchronise(record("anna"))
    with town.database.read() as uow:
        person = uow.people.get(town.person("anna"))
    assert person is not None
    origin = person.origins["surname"]
    assert (origin.source, origin.key, origin.attribute) == (SOURCE, "anna", "sn")


def test_applying_twice_changes_nothing(town: Town):
    records = [record("anna"), record("bo", "Bo Ek", login=None), record("cia", "Cia Lund")]
    town.groups = [group("nurses", "anna", "bo")]
    town.synchronise(*records)
    _, plan = town.plan(records)
    assert len(plan.lines) == 0


def test_a_user_name_is_made_where_the_directory_gives_none_and_never_one_that_it_gives_later(town: Town):
    # Keys sort so that the one without a user name would come first; their batches differ.
    sink, plan = town.plan(
        [record("a", "Viola Ramberg", login=None), record("b", "Vid Ost", login="vioram01")]
    )
    assert town.carry_out(sink, plan, batch=1) == []
    assert town.account("b").login == "vioram01"
    assert town.account("a").login == "vioram02"


def test_a_future_start_is_kept_and_cannot_be_used_before(town: Town):
    town.synchronise(record("tove", "Tove Nyqvist", employments=(
        EmploymentRecord("A1", starts=town.now.replace(day=25)),
    )))  # fmt: skip
    account = town.account("tove")
    assert account.starts == town.now.replace(day=25)
    assert not account.usable(town.now)
    town.later(days=2)
    assert account.usable(town.now)


def test_an_employment_that_begins_later_than_thought_moves_the_start(town: Town):
    town.synchronise(record("tove", "Tove Nyqvist"))
    later = (EmploymentRecord("A1", starts=town.now.replace(day=30)),)
    town.synchronise(record("tove", "Tove Nyqvist", employments=later))
    assert town.account("tove").starts == town.now.replace(day=30)


def test_who_has_left_before_is_known_without_access_or_address(town: Town):
    town.synchronise(record("old", "Anna Andersson", disabled="locked for good"), record("new"))
    account = town.account("old")
    assert (account.state, account.disabled_reason) == (AccountState.DISABLED, "disabled in the directory")
    assert town.primary("old") is None
    assert town.primary("new") == f"anna.andersson@{DOMAIN}"
    town.synchronise(record("old", "Anna Andersson"), record("new"))
    assert town.account("old").state is AccountState.ACTIVE
    assert town.primary("old") == f"anna2.andersson@{DOMAIN}"


def test_a_leaver_is_disabled_with_all_sessions_and_never_deleted(town: Town):
    town.synchronise(record("anna"), record("bo", "Bo Ek"))
    account = town.account("anna")
    session = _signed_in(town, account.id)
    before = town.issued()
    town.synchronise(record("bo", "Bo Ek"))
    left = town.account("anna")
    assert (left.state, left.disabled_reason) == (AccountState.DISABLED, "no longer in the directory")
    ended = town.rows(select(sessions.c.ended_reason).where(sessions.c.id == session))
    assert ended == [(EndReason.ACCOUNT_DISABLED.value,)]
    assert town.issued() == before
    assert town.primary("anna") == f"anna.andersson@{DOMAIN}"
    with town.database.read() as uow:
        assert uow.accounts.facts(left, town.now).units == frozenset()
    assert town.events(account.id) == ["account.created", "session.ended", "account.disabled"] or set(
        town.events(account.id)
    ) == {"account.created", "session.ended", "account.disabled"}


def test_who_returns_is_the_same_person_with_what_was_theirs(town: Town):
    town.synchronise(record("anna"), record("bo", "Bo Ek"))
    before = town.account("anna")
    town.synchronise(record("bo", "Bo Ek"))
    town.later(days=400)
    town.synchronise(record("anna"), record("bo", "Bo Ek"))
    after = town.account("anna")
    assert (after.id, after.login, after.person_id) == (before.id, before.login, before.person_id)
    assert after.state is AccountState.ACTIVE
    assert after.disabled_reason is None
    assert town.primary("anna") == f"anna.andersson@{DOMAIN}"
    with town.database.read() as uow:
        assert uow.accounts.facts(after, town.now).units == {"A", "A1"}


def test_L5_what_an_administrator_disabled_no_synchronisation_enables(town: Town):
    town.synchronise(record("anna"), record("bo", "Bo Ek"))
    account = town.account("anna")
    with town.database.write() as uow:
        assert disable(uow, account.id, "suspended", town.occasion, by="administrator")
    town.synchronise(record("anna", "Anna Berg"), record("bo", "Bo Ek"))
    assert town.account("anna").disabled_reason == "suspended"
    town.synchronise(record("bo", "Bo Ek"))
    town.synchronise(record("anna", "Anna Berg"), record("bo", "Bo Ek"))
    assert town.account("anna").disabled_reason == "suspended"
    assert town.account("anna").state is AccountState.DISABLED


def test_L5_an_administrators_word_about_a_leaver_outlives_the_return(town: Town):
    town.synchronise(record("anna"), record("bo", "Bo Ek"))
    town.synchronise(record("bo", "Bo Ek"))
    with town.database.write() as uow:
        assert disable(uow, town.account("anna").id, "investigated", town.occasion, by="administrator")
    town.synchronise(record("anna"), record("bo", "Bo Ek"))
    assert town.account("anna").state is AccountState.DISABLED
    assert town.account("anna").disabled_reason == "investigated"


def test_L5_a_positive_statement_disables_even_when_the_reading_was_incomplete(town: Town):
    town.synchronise(record("anna"), record("bo", "Bo Ek"))
    town.synchronise(record("anna", disabled="locked for good"), reading=Incomplete("cut off"))
    assert town.account("anna").state is AccountState.DISABLED
    assert town.account("bo").state is AccountState.ACTIVE


def test_L5_an_employment_that_ends_disables_at_once(town: Town):
    ending = record("anna", employments=(EmploymentRecord("A1", ends=town.now.replace(hour=12)),))
    town.synchronise(ending)
    assert town.account("anna").state is AccountState.ACTIVE
    town.later(hours=4)
    town.synchronise(ending)
    assert town.account("anna").disabled_reason == "the last employment has ended"


def test_L6_a_user_name_that_moves_to_another_entry_inherits_nothing(town: Town):
    town.synchronise(record("k1", "Pernilla Olsson", login="perols01"), record("bo", "Bo Ek"))
    first = town.account("k1")
    town.synchronise(record("k2", "Per Olin", login="perols01"), record("bo", "Bo Ek"))
    assert town.account("k1").id == first.id
    assert town.account("k1").state is AccountState.DISABLED
    assert town.rows(select(directory_entries.c.key).where(directory_entries.c.key == "k2")) == []


def test_F34_deleted_and_made_anew_with_the_same_name_is_nobody_until_a_human_decides(town: Town):
    town.synchronise(record("k1", login="annand01", mail="a@x.example"), record("bo", "Bo Ek"))
    first = town.account("k1")
    with town.database.write() as uow:
        uow.connection.execute(
            role_grants.insert().values(
                id="1" * 32,
                account_id=first.id,
                role="administrator",
                reach="organisation",
                scope="",
                given_at=town.now,
                given_by="",
                reason="",
            )
        )
    town.synchronise(record("bo", "Bo Ek"))
    town.synchronise(record("k2", login="annand01", mail="a@x.example"), record("bo", "Bo Ek"))
    assert len(town.rows(select(persons.c.id))) == 2
    with town.database.read() as uow:
        found = uow.accounts.by_login("annand01")
    assert found is not None
    assert found.id == first.id
    assert found.state is AccountState.DISABLED


def test_L7_names_that_look_alike_are_stopped_also_against_former_ones(town: Town):
    town.synchronise(record("k1", login="anna"), record("bo", "Bo Ek"))
    town.synchronise(record("k1", login="anna.a"), record("bo", "Bo Ek"))
    alike = [record("k3", login="ANNA"), record("k4", login="\u0430nna"), record("k5", login="an na")]
    _, plan = town.plan([record("k1", login="anna.a"), record("bo", "Bo Ek"), *alike])
    assert {key for line in plan.lines for key in line.stopped} == {"k3", "k4", "k5"}
    for one in alike:
        assert town.synchronise(record("k1", login="anna.a"), record("bo", "Bo Ek"), one) == []
    assert len(town.rows(select(persons.c.id))) == 2


def test_L7_a_look_alike_that_only_the_store_knows_is_left_out(town: Town):
    """Two sources at once: the plan was made before the other's account was there."""
    sink, plan = town.plan([record("k1", login="anna"), record("bo", "Bo Ek")])
    town.synchronise(record("h1", source="hr", login="\u0430nna"), source="hr")
    left_out = town.carry_out(sink, plan)
    assert [out.reason for out in left_out] == ["the user name is or was another person's"]
    assert len(town.rows(select(persons.c.id))) == 2
    assert {key for space, key in town.issued() if space == "login"} == {"anna", "bo"}


def test_L8_a_directory_gives_no_role(town: Town):
    town.groups = [group("administrator", "anna")]
    town.synchronise(record("anna", login="administrator", origins={"role": "administrator"}))
    assert town.rows(select(role_grants)) == []
    assert town.account("anna").roles == frozenset()


def test_L9_absence_from_an_incomplete_reading_disables_nobody(town: Town):
    town.synchronise(record("anna"), record("bo", "Bo Ek"), record("cia", "Cia Lund"))
    town.synchronise(record("anna"), reading=Incomplete("size limit exceeded"))
    assert {town.account(key).state for key in ("anna", "bo", "cia")} == {AccountState.ACTIVE}


def test_a_second_employment_is_no_second_account(town: Town):
    two = (
        EmploymentRecord("A1", "Lärare"),
        EmploymentRecord("B", "Ledare"),
        EmploymentRecord("B", "Vikarie"),
    )
    town.synchronise(record("anna", employments=two))
    with town.database.read() as uow:
        assert uow.accounts.facts(town.account("anna"), town.now).units == {"A", "A1", "B"}
        titles = {one.title for one in uow.people.employments(town.person("anna"))}
    assert titles == {"Lärare", "Ledare, Vikarie"}


def test_a_mover_belongs_to_the_new_unit_and_no_longer_to_the_old(town: Town):
    town.synchronise(record("anna"))
    town.synchronise(record("anna", employments=(EmploymentRecord("B", "Chef"),)))
    with town.database.read() as uow:
        assert uow.accounts.facts(town.account("anna"), town.now).units == {"B"}
    assert town.events(town.account("anna").id) == ["account.created", "account.changed"]


def test_an_entry_in_another_directory_is_linked_by_employee_number_and_changes_nothing_else(town: Town):
    town.synchronise(record("anna", employee_number="417"))
    before = town.account("anna")
    other = record("hr1", "Anna Lovisa Andersson", source="hr", login=None, employee_number="417",
                   employments=(EmploymentRecord("X9", "Timvikarie"),))  # fmt: skip
    assert town.synchronise(other, source="hr") == []
    assert town.person("hr1", "hr") == before.person_id
    assert town.account("anna") == before
    town.synchronise(replace(other, disabled="gone"), source="hr")
    assert town.account("anna").state is AccountState.ACTIVE


def _signed_in(town: Town, account_id) -> SessionId:
    session_id = SessionId(new_id())
    proofs = (Proof(Method.PASSWORD, town.now),)
    session = Session(session_id, account_id, proofs, town.now, town.now, town.now.replace(year=2027))
    with town.database.write() as uow:
        uow.sessions.add(session, digest(new_handle()))
    return session_id


def test_L5_nobody_enables_whom_the_directory_calls_inactive(town: Town):
    town.synchronise(record("anna"), record("bo", "Bo Ek"))
    town.synchronise(record("anna", disabled="locked for good"), record("bo", "Bo Ek"))
    with town.database.write() as uow:
        assert not enable(uow, town.account("anna").id, "asked on the phone", town.occasion)
    assert town.account("anna").state is AccountState.DISABLED


def test_L7_a_local_administrators_name_is_nobody_elses(town: Town):
    with town.database.write() as uow:
        assert add_administrator(uow, "Root Admin", "admin", town.occasion) is not None
        assert add_administrator(uow, "Root Admin", "\u0430dmin", town.occasion) is None
    town.synchronise(record("k1", login="Admin"), record("bo", "Bo Ek"))
    assert town.rows(select(directory_entries.c.key)) == [("bo",)]
