"""The journey, from the door to a session, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, insert, select, update

import mfa
from idp.domain import accounts as acts
from idp.domain import hardware_tokens
from idp.domain.assurance import Assurance, Method
from idp.domain.handles import digest
from idp.domain.outcomes import Completed, Lost, Problem, Show
from idp.domain.sign_out import sign_out
from idp.domain.signin import (
    AccessDenied,
    Admitted,
    NeedsSignIn,
)
from idp.domain.steps import (
    AskActivationCode,
    AskNewPassword,
    AskPassword,
    AskSecondFactor,
    EnrolFactor,
    ShowRecoveryCodes,
    TurnedAway,
)
from idp.storage.tables import accounts, addresses, audit_records, decisions
from mfa import FactorKind
from mfa.token_stock import Moved
from tests.support.place import OUTSIDE, POLICY, TOWN_HALL
from tests.support.tokens import counter_seed, hand_over
from tests.support.visit import Visit

PASSWORD = "correct horse battery"


@pytest.fixture
def intranet(place):
    return place.application("intranet")


def test_password_then_code_from_outside_and_no_question_at_the_second_system(place, intranet):
    portal = place.application("portal")
    authenticator = place.authenticator(place.account("anna", password=PASSWORD))
    visit = Visit(place)
    assert isinstance(visit.ask(intranet), NeedsSignIn)
    assert visit.begin(intranet).step == AskPassword("")
    shown = visit.password("anna", PASSWORD)
    assert isinstance(shown.step, AskSecondFactor)
    done = visit.code(place.code(authenticator))
    assert isinstance(done, Completed)
    assert done.return_path == "/back?r=1"
    admitted = visit.ask(intranet)
    assert isinstance(admitted, Admitted)
    assert admitted.context.assurance is Assurance.TWO_FACTORS
    assert {proof.method for proof in admitted.context.proofs} == {Method.PASSWORD, Method.TOTP}
    assert isinstance(visit.ask(portal), Admitted)


def test_the_password_is_enough_at_the_town_hall_and_the_code_is_asked_when_one_leaves(place, intranet):
    authenticator = place.authenticator(place.account("anna", password=PASSWORD))
    visit = Visit(place, TOWN_HALL)
    visit.begin(intranet)
    assert isinstance(visit.password("anna", PASSWORD), Completed)
    assert isinstance(visit.ask(intranet), Admitted)
    visit.address = OUTSIDE
    assert isinstance(visit.ask(intranet), NeedsSignIn)
    before = visit.session
    shown = visit.begin(intranet)
    assert isinstance(shown.step, AskSecondFactor), "only the missing step is asked"
    visit.code(place.code(authenticator))
    assert visit.session != before
    assert isinstance(visit.ask(intranet), Admitted)


def test_S13_the_handle_changes_at_every_rise_and_the_old_one_is_dead(place, intranet):
    authenticator = place.authenticator(place.account("anna", password=PASSWORD))
    visit = Visit(place, TOWN_HALL)
    visit.begin(intranet)
    visit.password("anna", PASSWORD)
    old = visit.session
    with place.database.read() as uow:
        first = uow.sessions.living(digest(old), place.now)
    visit.begin(intranet, assurance=Assurance.TWO_FACTORS)
    visit.code(place.code(authenticator))
    with place.database.read() as uow:
        assert uow.sessions.living(digest(old), place.now) is None
        raised = uow.sessions.living(digest(visit.session), place.now)
    assert raised.session.id == first.session.id
    assert raised.session.created_at == first.session.created_at


def test_a_first_factor_is_enrolled_at_the_town_hall_with_the_password(place):
    strict = place.application("payroll", replace(POLICY, assurance_on={}))
    place.account("bo", password=PASSWORD)
    visit = Visit(place, TOWN_HALL)
    visit.begin(strict)
    shown = visit.password("bo", PASSWORD)
    assert isinstance(shown.step, EnrolFactor)
    again = visit.look()
    assert again.step == shown.step, "loading the page again shows the same secret"
    app = pyotp.TOTP(shown.step.secret)
    wrong = visit.enrol("000000" if place.code(app) != "000000" else "000001")
    assert wrong.problem is Problem.WRONG_CODE
    codes = visit.enrol(place.code(app))
    assert isinstance(codes.step, ShowRecoveryCodes)
    assert len(codes.step.codes) == 10
    assert visit.look().step == codes.step
    assert isinstance(visit.seen(), Completed)
    assert isinstance(visit.ask(strict), Admitted)
    other = Visit(place)
    other.begin(strict)
    assert FactorKind.RECOVERY_CODE in other.password("bo", PASSWORD).step.kinds
    assert isinstance(other.code(codes.step.codes[3], FactorKind.RECOVERY_CODE), Completed)


def test_S18_a_first_factor_that_is_bound_at_sign_in_ends_the_other_sessions(place, intranet):
    """Whoever had the password alone is out from now on, like after any other change of factors."""
    strict = place.application("payroll", replace(POLICY, assurance_on={}))
    place.account("bo", password=PASSWORD)
    thief, visit = Visit(place, TOWN_HALL), Visit(place, TOWN_HALL)
    for one in (thief, visit):
        one.begin(intranet)
        assert isinstance(one.password("bo", PASSWORD), Completed)
    visit.begin(strict)
    shown = visit.look()
    assert isinstance(shown.step, EnrolFactor)
    assert isinstance(visit.enrol(place.code(pyotp.TOTP(shown.step.secret))).step, ShowRecoveryCodes)
    with place.database.read() as uow:
        assert thief.living(uow) is None
        assert visit.living(uow) is not None, "one's own session goes on"
    assert isinstance(visit.seen(), Completed)
    assert isinstance(visit.ask(strict), Admitted)
    ended = [reason for type_, reason, _ in place.audit() if type_ == "session.ended"]
    assert ended == ["factor_changed"]


def test_S10_a_factor_is_never_set_up_with_the_password_alone_from_outside(place, intranet):
    account = place.account("bo", password=PASSWORD)
    visit = Visit(place)
    visit.begin(intranet)
    assert isinstance(visit.password("bo", PASSWORD).step, AskActivationCode)
    assert isinstance(visit.enrol("123456").step, AskActivationCode)
    assert isinstance(visit.code("123456").step, AskActivationCode)
    with place.database.write() as uow:
        issued = acts.issue_activation_code(uow, account.id, timedelta(days=1), visit.occasion)
    assert visit.activate("AAAAA-AAAAA-AAAAA-AAAAA").problem is Problem.WRONG_CODE
    assert isinstance(visit.activate(issued.code).step, EnrolFactor)
    second = Visit(place)
    second.begin(intranet)
    second.password("bo", PASSWORD)
    assert second.activate(issued.code).problem is Problem.CODE_USED


def test_an_administrator_without_a_directory_starts_with_an_activation_code(place, intranet):
    with place.database.write() as uow:
        new = acts.add_administrator(uow, "Maj Admin", "maj", place.occasion())
        assert acts.add_administrator(uow, "Other", "MAJ", place.occasion()) is None
    visit = Visit(place)
    visit.begin(None, assurance=Assurance.TWO_FACTORS)
    assert visit.activate(new.code, "maj").step == AskNewPassword("first", 15)
    assert visit.new_password("short", "short").problem is Problem.TOO_SHORT
    assert visit.new_password("a long enough one", "another one, longer").problem is Problem.NOT_THE_SAME
    shown = visit.new_password("a long enough password")
    assert isinstance(shown.step, EnrolFactor)
    visit.enrol(place.code(pyotp.TOTP(shown.step.secret)))
    assert isinstance(visit.seen(), Completed)
    again = Visit(place)
    again.begin(None)
    assert again.password("maj", "a long enough passworD").problem is Problem.WRONG
    assert isinstance(again.password("maj", "a long enough password"), Completed)


def test_a_password_that_must_change_is_changed_in_the_directory_first(place, intranet):
    account = place.account("anna", password="old password")
    place.authenticator(account)
    place.directory.must_change.add("anna")
    visit = Visit(place)
    visit.begin(intranet)
    assert visit.password("anna", "old password").step == AskNewPassword("must_change", 8)
    assert visit.new_password("old password").problem is Problem.UNCHANGED
    refused = visit.new_password("weak password")
    assert (refused.problem, refused.words) == (Problem.REFUSED_BY_DIRECTORY, "password is too weak")
    assert isinstance(visit.new_password("new password").step, AskSecondFactor)
    assert place.directory.passwords["anna"] == "new password"


def test_S9_every_refusal_before_a_first_factor_is_the_same(place, intranet):
    place.account("anna", password=PASSWORD)
    disabled = place.account("dora", password=PASSWORD)
    place.account("exp", password=PASSWORD)
    place.directory.refuses["exp"] = "expired"
    place.account("local", password=PASSWORD, local=True)
    with place.database.write() as uow:
        acts.disable(uow, disabled.id, "left", place.occasion(), by="command")
    shown = []
    for login in ("anna", "dora", "exp", "local", "nobody", "", "x" * 400, "*", "a)(uid=*"):
        visit = Visit(place)
        visit.begin(intranet)
        calls = place.directory.calls
        shown.append(visit.password(login, "wrong password"))
        assert place.directory.calls == calls + 1, f"{login}: the same work for everybody"
    assert set(shown) == {Show(AskPassword(""), Problem.WRONG, application=intranet)}


def test_a_disabled_account_with_the_right_password_is_told_why(place, intranet):
    account = place.account("dora", password=PASSWORD)
    with place.database.write() as uow:
        acts.disable(uow, account.id, "left", place.occasion(), by="command")
    visit = Visit(place)
    visit.begin(intranet)
    shown = visit.password("dora", PASSWORD)
    assert isinstance(shown.step, TurnedAway)
    assert shown.step.reasons[-1].code == "account_disabled"


def test_whoever_may_not_use_the_system_is_turned_away_before_any_code(place, intranet):
    place.account("carl", password=PASSWORD, member_of=())
    visit = Visit(place)
    visit.begin(intranet)
    shown = visit.password("carl", PASSWORD)
    assert isinstance(shown.step, TurnedAway)
    visit.begin(None)
    visit.password("carl", PASSWORD)
    assert isinstance(visit.ask(intranet), AccessDenied)


def test_A1_a_refusal_is_recorded_once_in_a_journey_however_often_its_page_is_loaded(place, intranet):
    place.account("carl", password=PASSWORD, member_of=())
    visit = Visit(place)
    visit.begin(intranet)
    shown = visit.password("carl", PASSWORD)
    for _ in range(3):
        place.later(minutes=2)
        assert visit.look().step == shown.step, "with the number of the record that there is"
    with place.database.read() as uow:
        assert uow.connection.execute(select(func.count()).select_from(decisions)).scalar_one() == 1
        numbers = uow.connection.execute(
            select(audit_records.c.request_id).where(audit_records.c.type == "access.decided")
        ).scalars()
        assert list(numbers) == [shown.step.reference]


def test_S11_F05_a_journey_is_of_use_in_its_own_browser_only(place, intranet):
    place.account("anna", password=PASSWORD)
    attacker = Visit(place)
    attacker.begin(intranet)
    victim = Visit(place)
    victim.handle = attacker.handle
    assert victim.look() == Lost()
    assert victim.password("anna", PASSWORD) == Lost()
    assert isinstance(attacker.look().step, AskPassword)


def test_S11_S10_a_factor_begun_at_the_town_hall_is_not_finished_from_outside(place):
    """The step is judged where it is submitted, not where its page was loaded."""
    strict = place.application("payroll", replace(POLICY, assurance_on={}))
    account = place.account("bo", password=PASSWORD)
    visit = Visit(place, TOWN_HALL)
    visit.begin(strict)
    shown = visit.password("bo", PASSWORD)
    assert isinstance(shown.step, EnrolFactor)
    visit.address = OUTSIDE
    assert isinstance(visit.enrol(place.code(pyotp.TOTP(shown.step.secret))).step, AskActivationCode)
    with place.database.read() as uow:
        assert not mfa.enrolled(uow.factors, account.id)


def test_S11_a_code_that_nobody_asked_for_is_neither_checked_nor_counted(place, intranet):
    account = place.account("carl", password=PASSWORD, member_of=())
    authenticator = place.authenticator(account)
    visit = Visit(place)
    visit.begin(intranet)
    assert isinstance(visit.password("carl", PASSWORD).step, TurnedAway)
    for code in ("000000", "111111", "222222", "333333", "444444", "555555", place.code(authenticator)):
        assert isinstance(visit.code(code).step, TurnedAway)
    assert [type_ for type_, _, _ in place.audit()].count("signin.refused") == 0
    other = Visit(place)
    other.begin(None, assurance=Assurance.TWO_FACTORS)
    other.password("carl", PASSWORD)
    assert isinstance(other.code(place.code(authenticator)), Completed), "neither locked nor spent"


def test_S11_F08_a_step_is_not_passed_by_submitting_another(place, intranet):
    place.authenticator(place.account("anna", password=PASSWORD))
    visit = Visit(place)
    visit.begin(intranet)
    for outcome in (visit.code("123456"), visit.enrol("123456"), visit.seen(), visit.new_password("x" * 20)):
        assert isinstance(outcome.step, AskPassword)
    visit.password("anna", PASSWORD)
    for outcome in (visit.code(""), visit.seen(), visit.enrol("123456"), visit.new_password("x" * 20)):
        assert isinstance(outcome.step, AskSecondFactor)
    assert isinstance(visit.ask(intranet), NeedsSignIn)


def test_a_finished_journey_gives_nothing_more(place, intranet):
    place.account("anna", password=PASSWORD)
    visit = Visit(place, TOWN_HALL)
    visit.begin(intranet)
    visit.password("anna", PASSWORD)
    assert visit.look() == Lost()
    assert visit.password("anna", PASSWORD) == Lost()
    visit.begin(intranet)
    place.later(hours=1)
    assert visit.look() == Lost()


def test_F06_another_account_in_the_same_browser_gets_a_session_of_its_own(place, intranet):
    for login in ("anna", "bo"):
        place.account(login, password=PASSWORD)
    visit = Visit(place, TOWN_HALL)
    visit.begin(intranet)
    visit.password("anna", PASSWORD)
    with place.database.read() as uow:
        annas = visit.living(uow).session.id
    place.later(minutes=1)
    visit.begin(intranet, fresh_since=place.now)
    visit.password("bo", PASSWORD)
    with place.database.read() as uow:
        assert visit.living(uow).session.id != annas
        assert uow.sessions.get(annas).ended_reason == "other_account"


def test_O15_a_fresh_sign_in_counts_no_older_proof(place, intranet):
    authenticator = place.authenticator(place.account("anna", password=PASSWORD))
    visit = Visit(place)
    visit.begin(intranet)
    visit.password("anna", PASSWORD)
    visit.code(place.code(authenticator))
    place.later(minutes=2)
    demand = {"fresh_since": place.now}
    assert isinstance(visit.ask(intranet, **demand), NeedsSignIn)
    assert isinstance(visit.begin(intranet, **demand).step, AskPassword)
    assert isinstance(visit.password("anna", PASSWORD).step, AskSecondFactor)
    visit.code(place.code(authenticator))
    assert isinstance(visit.ask(intranet, **demand), Admitted)


def test_S1_a_code_that_was_used_is_refused_and_said(place, intranet):
    authenticator = place.authenticator(place.account("anna", password=PASSWORD))
    code = place.code(authenticator)
    for expected in (Completed, Show):
        visit = Visit(place)
        visit.begin(intranet)
        visit.password("anna", PASSWORD)
        outcome = visit.code(code)
        assert isinstance(outcome, expected)
    assert outcome.problem is Problem.CODE_USED


def test_S6_S8_guessing_locks_the_account_for_all_spellings_and_unknown_names_alike(place, intranet):
    place.account("anna", password=PASSWORD)
    spellings = ("anna", "ANNA", " anna", "\uff41nna")
    for number in range(12):
        visit = Visit(place, f"203.0.113.{number + 1}")
        visit.begin(intranet)
        visit.password(spellings[number % 4], "wrong")
    calls = place.directory.calls
    assert calls == 10, "no more than the free tries reach the directory"
    visit = Visit(place, "198.51.100.9")
    visit.begin(intranet)
    assert visit.password("anna", PASSWORD).problem is Problem.WRONG
    for _ in range(12):
        visit.begin(intranet)
        visit.password("nobody", "wrong")
    assert place.directory.calls == calls + 10, "a name that nobody has locks as one that somebody has"
    place.later(minutes=31)
    visit.begin(intranet)
    assert isinstance(visit.password("anna", PASSWORD).step, AskActivationCode)


def test_S6_F16_an_address_counts_as_the_account_that_it_names(place, intranet):
    account = place.account("anna", password=PASSWORD)
    with place.database.write() as uow:
        uow.connection.execute(
            insert(addresses).values(
                address="anna.berg@ekvik.example",
                person_id=account.person_id,
                domain="ekvik.example",
                kind="primary",
                since=place.now,
                unconfirmed=False,
            )
        )
    names = ("anna", "Anna.Berg@Ekvik.example", " anna.berg@ekvik.example ")
    for number in range(15):
        visit = Visit(place, f"203.0.113.{number + 1}")
        visit.begin(intranet)
        visit.password(names[number % 3], "wrong")
    assert place.directory.calls == 10, "ten free tries in all, not ten for each name"
    for name in names:
        visit = Visit(place, "198.51.100.9")
        visit.begin(intranet)
        assert visit.password(name, PASSWORD).problem is Problem.WRONG


def test_K5_a_weaker_hash_is_replaced_when_its_owner_signs_in(place):
    account = place.account("local", password=PASSWORD, local=True)
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with place.database.write() as uow:
        uow.connection.execute(update(accounts).where(accounts.c.id == account.id).values(password_hash=weak))
    for word, kept in (("wrong", True), (PASSWORD, False)):
        visit = Visit(place, TOWN_HALL)
        visit.begin()
        visit.password("local", word)
        with place.database.read() as uow:
            stored = uow.accounts.password_hash(account.id)
        assert (stored == weak) is kept
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    visit.begin(fresh_since=place.now)
    assert isinstance(visit.password("local", PASSWORD), Completed)


def test_S7_own_success_never_resets_the_networks_counter(place, intranet):
    place.account("eve", password=PASSWORD)
    for number in range(100):
        visit = Visit(place)
        visit.begin(intranet)
        visit.password(f"victim{number}", "wrong")
        if number % 10 == 0 and number < 90:
            other = Visit(place)
            other.begin(None)
            assert isinstance(other.password("eve", PASSWORD), Completed)
    visit = Visit(place)
    visit.begin(None)
    assert visit.password("eve", PASSWORD).problem is Problem.WRONG
    elsewhere = Visit(place, "192.0.2.7")
    elsewhere.begin(None)
    assert isinstance(elsewhere.password("eve", PASSWORD), Completed)


def test_S12_S16_a_directory_that_does_not_answer_is_a_refusal_and_no_failed_try(place, intranet):
    place.account("anna", password=PASSWORD)
    place.account("local", password=PASSWORD, local=True)
    place.directory.away = True
    visit = Visit(place)
    visit.begin(intranet)
    assert visit.password("local", "wrong").problem is Problem.UNAVAILABLE, "nobody stands out"
    for _ in range(20):
        visit = Visit(place)
        visit.begin(intranet)
        assert visit.password("anna", PASSWORD).problem is Problem.UNAVAILABLE
        visit.begin(intranet)
        assert visit.password("nobody", PASSWORD).problem is Problem.UNAVAILABLE, "and tells nobody apart"
        visit.begin(intranet)
        assert visit.password("local", "wrong").problem in (Problem.UNAVAILABLE, Problem.WRONG)
    place.directory.away = False
    visit.begin(intranet)
    assert isinstance(visit.password("anna", PASSWORD).step, AskActivationCode)


def test_L1_an_empty_or_endless_password_never_reaches_the_directory(place, intranet):
    place.account("anna", password=PASSWORD)
    visit = Visit(place)
    visit.begin(intranet)
    for password in ("", "x" * 1025):
        assert visit.password("anna", password).problem is Problem.WRONG
    assert place.directory.calls == 0


def test_S15_passwords_are_compared_whole_and_in_one_unicode_form(place, intranet):
    long = "p" * 72
    place.account("anna", password=long + "X", local=True)
    place.account("asa", password="lösenord med å", local=True)
    visit = Visit(place, TOWN_HALL)
    visit.begin(intranet)
    assert visit.password("anna", long + "Y").problem is Problem.WRONG
    assert isinstance(visit.password("anna", long + "X"), Completed)
    other = Visit(place, TOWN_HALL)
    other.begin(intranet)
    assert isinstance(other.password("asa", "lo\u0308senord med a\u030a"), Completed)


def test_signing_out_ends_the_session_and_tells_every_system(place, intranet):
    from idp.domain.session import Participant

    place.account("anna", password=PASSWORD)
    visit = Visit(place, TOWN_HALL)
    visit.begin(intranet)
    visit.password("anna", PASSWORD)
    with place.database.write() as uow:
        living = visit.living(uow)
        assert uow.sessions.join(Participant(living.session.id, intranet, "oidc", place.now))
        assert not uow.sessions.join(Participant(living.session.id, intranet, "oidc", place.now))
        sign_out(uow, living, visit.occasion)
    with place.database.read() as uow:
        assert visit.living(uow) is None
        topics = uow.connection.exec_driver_sql("SELECT topic FROM outbox").scalars().all()
    assert topics == ["session.ended.oidc"]


def test_S18_disabling_ends_every_session_at_once(place, intranet):
    account = place.account("anna", password=PASSWORD)
    visits = [Visit(place, TOWN_HALL) for _ in range(3)]
    for visit in visits:
        visit.begin(intranet)
        visit.password("anna", PASSWORD)
    with place.database.write() as uow:
        assert acts.disable(uow, account.id, "left", place.occasion(), by="command")
        assert not acts.disable(uow, account.id, "left", place.occasion(), by="command")
    for visit in visits:
        assert isinstance(visit.ask(intranet), NeedsSignIn)


def test_K4_no_record_holds_a_secret(place, intranet):
    authenticator = place.authenticator(place.account("anna", password=PASSWORD))
    code = place.code(authenticator)
    visit = Visit(place)
    visit.begin(intranet)
    visit.password("anna", "canary-wrong-password")
    visit.password("canary-typed-in-the-wrong-field", "x")
    visit.password("anna", PASSWORD)
    visit.code(code)
    visit.ask(intranet)
    with place.database.read() as uow:
        dump = "\n".join(
            str(row)
            for table in ("audit_records", "journeys", "sessions", "decisions", "outbox", "mfa_totps")
            for row in uow.connection.exec_driver_sql(f"SELECT * FROM {table}").all()
        )
    for secret in ("canary", PASSWORD, f"'{code}'", visit.session, visit.handle, authenticator.secret):
        assert secret not in dump


def test_A1_every_end_of_a_session_and_every_act_on_an_account_leaves_one_record(place, intranet):
    account = place.account("anna", password=PASSWORD)
    first, second = Visit(place, TOWN_HALL), Visit(place, TOWN_HALL)
    for visit in (first, second):
        visit.begin(intranet)
        visit.password("anna", PASSWORD)
    before = len(place.audit())
    with place.database.write() as uow:
        sign_out(uow, first.living(uow), first.occasion)
    with place.database.write() as uow:
        acts.disable(uow, account.id, "left", place.occasion(), by="command")
    with place.database.write() as uow:
        acts.enable(uow, account.id, "came back", place.occasion())
        acts.issue_temporary_code(
            uow, account.id, timedelta(hours=1), 1, place.occasion(), "forgot the phone"
        )
    assert [(type_, reason) for type_, reason, _ in place.audit()[before:]] == [
        ("session.ended", "signed_out"),
        ("account.disabled", "left"),
        ("session.ended", "account_disabled"),
        ("account.enabled", "came back"),
        ("factor.code_issued", "forgot the phone"),
    ]


def test_A1_every_step_and_decision_leaves_its_record(place, intranet):
    authenticator = place.authenticator(place.account("anna", password=PASSWORD))
    visit = Visit(place)
    visit.begin(intranet)
    visit.password("anna", "wrong")
    visit.password("anna", PASSWORD)
    visit.code("123456" if place.code(authenticator) != "123456" else "654321")
    visit.code(place.code(authenticator))
    visit.ask(intranet)
    assert [(kind, reason) for kind, reason, _ in place.audit()] == [
        ("signin.refused", "wrong_password"),
        ("signin.proof_accepted", ""),
        ("signin.refused", "wrong"),
        ("signin.proof_accepted", ""),
        ("signin.succeeded", ""),
        ("access.decided", ""),
    ]


def test_E6_an_activation_code_neither_replaces_nor_removes_a_factor(place, intranet):
    account = place.account("anna", password=PASSWORD)
    place.authenticator(account)
    with place.database.write() as uow:
        issued = acts.issue_activation_code(uow, account.id, timedelta(days=1), place.occasion())
    visit = Visit(place)
    visit.begin(intranet)
    assert visit.activate(issued.code, "anna").step == AskPassword("anna", fixed=True)
    shown = visit.password("anna", PASSWORD)
    assert isinstance(shown.step, AskSecondFactor), "the factor that is there is asked for"
    assert FactorKind.TOTP in shown.step.kinds
    assert isinstance(visit.ask(intranet), NeedsSignIn)


def test_a_temporary_code_stands_in_for_the_second_factor(place, intranet):
    account = place.account("anna", password=PASSWORD)
    with place.database.write() as uow:
        issued = acts.issue_temporary_code(uow, account.id, timedelta(hours=8), 1, place.occasion())
    visit = Visit(place)
    visit.begin(intranet)
    assert visit.password("anna", PASSWORD).step == AskSecondFactor((FactorKind.TEMPORARY_CODE,))
    assert isinstance(visit.code(issued.code, FactorKind.TEMPORARY_CODE), Completed)
    assert isinstance(visit.ask(intranet), Admitted)


def test_the_code_of_a_password_generator_is_taken_in_the_same_field(place, intranet):
    account = place.account("anna", password=PASSWORD)
    button = hand_over(place, account, counter_seed())
    visit = Visit(place)
    visit.begin(intranet)
    assert visit.password("anna", PASSWORD).step == AskSecondFactor((FactorKind.TOTP,), has_token=True)
    assert visit.code("000000").problem is Problem.WRONG_CODE
    assert isinstance(visit.code(button.press(2)), Completed)
    context = visit.ask(intranet).context
    assert {proof.method for proof in context.proofs} == {Method.PASSWORD, Method.HOTP}
    assert context.assurance is Assurance.TWO_FACTORS


def test_S6_apps_and_password_generators_share_one_counter(place, intranet):
    account = place.account("anna", password=PASSWORD)
    authenticator, button = place.authenticator(account), hand_over(place, account, counter_seed())
    visit = Visit(place)
    visit.begin(intranet)
    visit.password("anna", PASSWORD)
    for _ in range(5):
        assert visit.code("000000").problem is Problem.WRONG_CODE
    for kind in (FactorKind.TOTP, FactorKind.HOTP):
        with place.database.read() as uow:
            assert mfa.locked_until(uow.factors, mfa.throttle_key(account.id), kind, place.now) is not None
    for code in (place.code(authenticator), button.press()):
        for kind in (FactorKind.TOTP, FactorKind.HOTP):
            assert visit.code(code, kind).problem in {Problem.THROTTLED, None}
            assert isinstance(visit.ask(intranet), NeedsSignIn)


def test_a_lost_password_generator_opens_nothing_and_its_holders_sessions_end(place, intranet):
    account = place.account("anna", password=PASSWORD)
    button = hand_over(place, account, counter_seed())
    place.authenticator(account)
    visit = Visit(place)
    visit.begin(intranet)
    visit.password("anna", PASSWORD)
    visit.code(button.press())
    with place.database.write() as uow:
        assert isinstance(hardware_tokens.report_lost(uow, "FTK-0001", "a bag", place.occasion()), Moved)
    assert isinstance(visit.ask(intranet), NeedsSignIn)
    again = Visit(place)
    again.begin(intranet)
    again.password("anna", PASSWORD)
    assert again.code(button.press()).problem is Problem.WRONG_CODE
    kinds = [kind for kind, _, _ in place.audit()]
    assert kinds.count("hardware_token.moved") == 2
    assert {"factor.bound", "factor.removed", "hardware_token.taken_in"} <= set(kinds)
    assert "1234567890" not in str(place.audit())
