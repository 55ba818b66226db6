"""A directory that does not answer: remembered passwords, what stays closed, break-glass, the rehearsal."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

import mfa
from idp.domain import accounts as acts
from idp.domain.access import Deny
from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance, Method, Proof, assurance_of
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.break_glass import NotOpened, Opened, Opener, open_sealed, seal, seal_overdue
from idp.domain.directory_down import Ways, rehearse
from idp.domain.handles import new_id
from idp.domain.outcomes import Completed, Problem, Show
from idp.domain.roles import Role
from idp.domain.signin import start, submit_factor, submit_password
from idp.domain.steps import TurnedAway
from mfa import FactorKind
from mfa.tables import passkeys
from tests.support.place import a_browser

PASSWORD = "correct horse battery"
OPEN = Policy(Audience(everyone=True), open_without_directory=True)
CLOSED = Policy(Audience(everyone=True))


@pytest.fixture
def town(place):
    """A place that remembers passwords for three days, with an open and a closed system."""
    place.signin = replace(place.signin, remember_for=timedelta(days=3))
    place.application("payroll", CLOSED)
    place.application("homecare", OPEN)
    return place


def sign_in(place, name, system, password=PASSWORD, app=None):
    """Sign in to a system with a browser; return the last outcome."""
    browser = a_browser()
    requirement = AuthenticationRequirement(place.applications[system] if system else None)
    with place.database.write() as uow:
        handle = start(uow, requirement, "/", browser, None, place.occasion())
    outcome = submit_password(place.signin, handle, browser, name, password, place.occasion())
    if app is None or not isinstance(outcome, Show) or outcome.problem:
        return outcome
    return submit_factor(place.signin, handle, browser, FactorKind.TOTP, place.code(app), place.occasion())


@pytest.fixture
def anna(town):
    account = town.account("anna", password=PASSWORD)
    app = town.authenticator(account)
    assert isinstance(sign_in(town, "anna", "homecare", app=app), Completed)
    town.later(minutes=1)
    return app


def test_S16_a_remembered_password_opens_what_policy_says_and_nothing_else(town, anna):
    town.directory.away = True
    assert isinstance(sign_in(town, "anna", "homecare", app=anna), Completed)
    town.later(minutes=1)
    for closed in ("payroll", None):
        outcome = sign_in(town, "anna", closed)
        assert isinstance(outcome.step, TurnedAway)
        assert outcome.step.reasons[-1].code == "directory_away"


def test_S16_it_expires_by_itself(town, anna):
    town.directory.away = True
    town.later(days=2, hours=23)
    assert isinstance(sign_in(town, "anna", "homecare", app=anna), Completed)
    town.later(hours=2)
    assert sign_in(town, "anna", "homecare").problem is Problem.UNAVAILABLE


def test_S16_a_wrong_password_an_unknown_name_and_one_not_remembered_read_the_same(town, anna):
    town.account("bo", password=PASSWORD)
    town.directory.away = True
    seen = {
        (type(outcome.step), outcome.problem)
        for outcome in (
            sign_in(town, "anna", "homecare", "a wrong password"),
            sign_in(town, "nobody", "homecare"),
            sign_in(town, "bo", "homecare"),
        )
    }
    assert len(seen) == 1


def test_S6_guesses_at_a_remembered_password_are_counted(town, anna):
    town.directory.away = True
    for _ in range(12):
        sign_in(town, "anna", "homecare", "a wrong password")
    assert sign_in(town, "anna", "homecare", app=anna).problem is Problem.WRONG


def test_L5_what_the_directory_said_of_the_account_ends_the_memory(town, anna):
    town.directory.refuses["anna"] = "disabled"
    assert sign_in(town, "anna", "homecare").problem is Problem.WRONG
    town.directory.refuses.clear()
    town.directory.away = True
    assert sign_in(town, "anna", "homecare").problem is Problem.UNAVAILABLE


def test_a_new_password_replaces_the_remembered_one(town, anna):
    town.directory.passwords["anna"] = "another good password"
    assert isinstance(sign_in(town, "anna", "homecare", "another good password", app=anna), Completed)
    town.later(minutes=1)
    town.directory.away = True
    assert sign_in(town, "anna", "homecare").problem is Problem.UNAVAILABLE
    assert isinstance(sign_in(town, "anna", "homecare", "another good password", app=anna), Completed)


def test_S16_nobody_with_a_role_and_nobody_without_a_policy_is_remembered(town):
    boss = town.account("boss", password=PASSWORD)
    with town.database.write() as uow:
        acts.give_role(uow, boss.id, Role.ADMINISTRATOR, town.occasion())
    sign_in(town, "boss", "homecare")
    town.signin = replace(town.signin, remember_for=timedelta())
    town.account("cecilia", password=PASSWORD)
    sign_in(town, "cecilia", "homecare")
    with town.database.read() as uow:
        assert uow.connection.exec_driver_sql("SELECT count(*) FROM remembered_passwords").scalar() == 0


def test_a_remembered_password_alone_is_no_assurance():
    from tests.support.place import START

    proofs = (Proof(Method.REMEMBERED_PASSWORD, START), Proof(Method.TOTP, START))
    assert assurance_of(proofs) is Assurance.ONE_FACTOR
    assert Deny


# --- break-glass -------------------------------------------------------------------------------------------


@pytest.fixture
def glass(place):
    """Two administrators with apps, and a sealed account."""
    openers = []
    for name in ("anna", "bo"):
        account = place.account(name, local=True, password="a long local password")
        with place.database.write() as uow:
            acts.give_role(uow, account.id, Role.ADMINISTRATOR, place.occasion())
        openers.append((account, place.authenticator(account)))
    with place.database.write() as uow:
        sealed = acts.add_administrator(uow, "Break glass", "glass-1", place.occasion()).account
        seal(uow, sealed.id, "made", place.occasion())
    return place, sealed, openers


def opened(place, sealed, first, second, codes=None):
    codes = codes or [place.code(app) for _, app in (first, second)]
    with place.database.write() as uow:
        one, two = (Opener(account, code) for (account, _), code in zip((first, second), codes, strict=True))
        return open_sealed(uow, sealed, one, two, "rehearsal", timedelta(hours=4), place.occasion())


def test_two_people_open_a_sealed_account_for_a_time(glass):
    place, sealed, (anna, bo) = glass
    with place.database.write() as uow:
        assert not acts.enable(uow, sealed.id, "alone", place.occasion())
    assert isinstance(opened(place, sealed, anna, bo), Opened)
    with place.database.read() as uow:
        assert uow.accounts.get(sealed.id).usable(place.now)
    place.later(hours=5)
    with place.database.write() as uow:
        assert seal_overdue(uow, place.occasion()) == 1
        assert not uow.accounts.get(sealed.id).usable(place.now)
        assert not acts.enable(uow, sealed.id, "alone", place.occasion())
    kinds = [kind for kind, _, _ in place.audit()]
    assert kinds.count("break_glass.opened") == 1
    assert kinds.count("break_glass.sealed") == 2


def test_one_person_or_a_wrong_code_opens_nothing(glass):
    place, sealed, (anna, bo) = glass
    stranger = place.account("stranger", local=True, password="a long local password")
    assert opened(place, sealed, anna, anna) is NotOpened.ONE_PERSON
    assert (
        opened(place, sealed, anna, (stranger, place.authenticator(stranger))) is NotOpened.NO_ADMINISTRATOR
    )
    assert opened(place, sealed, anna, bo, [place.code(anna[1]), "000000"]) is NotOpened.SECOND_CODE
    # What the first typed is spent (S1).
    assert opened(place, sealed, anna, bo) is NotOpened.FIRST_CODE
    with place.database.read() as uow:
        assert not uow.accounts.get(sealed.id).usable(place.now)


# --- the rehearsal -----------------------------------------------------------------------------------------


def test_the_rehearsal_tells_who_could_work_where(town, anna):
    town.account("bo", password=PASSWORD)
    local = town.account("visitor", local=True, password="a long local password")
    town.authenticator(local)
    alone = town.application("door", Policy(Audience(everyone=True), assurance=Assurance.ONE_FACTOR))
    with town.database.read() as uow:
        found = {
            one.application.name: one
            for one in rehearse(uow, lambda one: Ways(code_alone=one.id == alone), town.occasion())
        }
    assert (found["homecare"].could, found["homecare"].could_not) == (2, ("bo",))
    assert (found["payroll"].could, found["payroll"].could_not) == (1, ("anna", "bo"))
    assert (found["door"].could, found["door"].could_not) == (2, ("bo",))


def test_the_rehearsal_counts_nobodys_passkey_where_there_are_no_pages(town, anna):
    """A passkey cannot be shown over RADIUS, and a recovery code alone opens nothing."""
    bo, cecilia = town.account("bo", password=PASSWORD), town.account("cecilia", password=PASSWORD)
    town.application("vpn", Policy(Audience(everyone=True), assurance=Assurance.ONE_FACTOR))
    with town.database.write() as uow:
        uow.connection.execute(
            insert(passkeys).values(
                id=new_id(), subject=bo.id, name="key", credential_id=b"1", public_key=b"2", sign_count=0,
                aaguid="", transports="", user_verifying=True, backup_eligible=False, backed_up=False,
                attested=False, created_at=town.now,
            )
        )  # fmt: skip
        mfa.generate_recovery_codes(uow.factors, cecilia.id, town.now)

    def could(ways):
        with town.database.read() as uow:
            found = {one.application.name: one for one in rehearse(uow, lambda _: ways, town.occasion())}
        return sorted({"anna", "bo", "cecilia"} - set(found["vpn"].could_not))

    assert could(Ways()) == ["anna", "bo"]
    assert could(Ways(pages=False)) == ["anna"]
    assert could(Ways(code_alone=True, pages=False)) == ["anna"]
