"""Local passwords: first, forgotten, changed; long where they stand alone, shorter only beside a factor."""

from dataclasses import replace

import pytest

import mfa
from idp.domain import own_password
from idp.domain.account import PasswordSource
from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance, Method, Proof
from idp.domain.outcomes import Completed, Problem, Show
from idp.domain.password import Weakness
from idp.domain.reasons import sentence
from idp.domain.signin import Admitted, submit_forgotten
from idp.domain.steps import AskNewPassword, AskPassword, AskSecondFactor
from mfa import FactorKind
from tests.domain.test_signin import Visit

LONG, LONGER, SHORT = "en lugn promenad vid vattnet", "en raskare promenad i skogen", "tq8#Zr!w"
ONE_FACTOR = Policy(audience=Audience(everyone=True), assurance=Assurance.ONE_FACTOR)


class Judge:
    """Finds one password weak."""

    def __init__(self, weak, why=Weakness.BREACHED):
        self.weak, self.why, self.known = weak, why, ()

    def weakness(self, password, known):
        self.known = known
        return self.why if password == self.weak else None


@pytest.fixture
def intranet(place):
    return place.application("intranet", ONE_FACTOR)


@pytest.fixture
def anna(place):
    """Somebody with a local password, an app and recovery codes."""
    account = place.account("anna", password=LONG, local=True)
    anna = type("Anna", (), {"account": account, "app": place.authenticator(account)})
    with place.database.write() as uow:
        anna.codes = list(mfa.generate_recovery_codes(uow.factors, account.id, place.now).codes)
    return anna


def judged(place, judge):
    place.signin = replace(place.signin, passwords=replace(place.signin.passwords, judge=judge))


def forgotten(visit, login, code, recovery_code):
    return visit._submit(submit_forgotten, login, code, recovery_code)


def living(place, visit):
    with place.database.read() as uow:
        return visit.living(uow)


def signed_in(place, intranet, login, password):
    visit = Visit(place)
    visit.begin(intranet)
    assert isinstance(visit.password(login, password), Completed)
    return visit


def test_a_forgotten_password_is_reset_by_a_code_and_a_recovery_code_together(place, intranet, anna):
    elsewhere = signed_in(place, intranet, "anna", LONG)
    visit = Visit(place)
    visit.begin(intranet)
    shown = forgotten(visit, "anna", place.code(anna.app), anna.codes[0])
    assert shown.step == AskNewPassword("reset", 8)
    assert isinstance(visit.new_password(LONGER), Completed)
    proofs = {proof.method for proof in living(place, visit).session.proofs}
    assert proofs == {Method.PASSWORD, Method.TOTP, Method.RECOVERY_CODE}
    assert living(place, elsewhere) is None, "S18: other sessions end"
    assert living(place, visit).account.cools(place.now), "nothing else is changed for a day"
    again = Visit(place)
    again.begin(intranet)
    assert again.password("anna", LONG).problem is Problem.WRONG
    assert isinstance(again.password("anna", LONGER), Completed)


def test_E6_a_reset_removes_no_factor(place, intranet, anna):
    visit = Visit(place)
    visit.begin(intranet)
    forgotten(visit, "anna", place.code(anna.app), anna.codes[0])
    visit.new_password(LONGER)
    with place.database.read() as uow:
        kinds = mfa.challenge(uow.factors, anna.account.id, place.now).kinds
    assert kinds == {FactorKind.TOTP, FactorKind.RECOVERY_CODE}


@pytest.mark.parametrize(
    ("login", "code", "recovery"),
    [
        ("anna", True, False),
        ("anna", False, True),
        ("anna", False, False),
        ("nobody", True, True),
        ("eva", True, True),
        ("", True, True),
        ("a" * 400, True, True),
    ],
)
def test_S9_S10_one_factor_alone_or_another_name_resets_nothing_and_reads_alike(
    place, intranet, anna, login, code, recovery
):
    place.account("eva", password=LONG)  # her password is her directory's
    visit = Visit(place)
    visit.begin(intranet)
    shown = forgotten(
        visit,
        login,
        place.code(anna.app) if code else "000000",
        anna.codes[1] if recovery else "0000-0000-0000-0000",
    )
    assert isinstance(shown, Show)
    assert (shown.step, shown.problem, shown.until, shown.words) == (AskPassword(""), Problem.WRONG, None, "")
    assert isinstance(visit.new_password(LONGER), Show)
    assert isinstance(signed_in(place, intranet, "anna", LONG), Visit)


def test_S2_a_code_spent_in_a_reset_is_spent(place, intranet, anna):
    visit = Visit(place)
    visit.begin(intranet)
    code = place.code(anna.app)
    forgotten(visit, "anna", code, anna.codes[0])
    other = Visit(place)
    other.begin(intranet)
    assert forgotten(other, "anna", code, anna.codes[1]).problem is Problem.WRONG
    place.later(seconds=30)
    assert forgotten(other, "anna", place.code(anna.app), anna.codes[0]).problem is Problem.WRONG


def test_S6_guessing_at_a_reset_locks_like_guessing_at_sign_in(place, intranet, anna):
    for _ in range(mfa.CODE_LIMITS.free_failures):
        visit = Visit(place)
        visit.begin(intranet)
        forgotten(visit, "anna", "000000", anna.codes[0])
    visit = Visit(place)
    visit.begin(intranet)
    assert forgotten(visit, "anna", place.code(anna.app), anna.codes[0]).problem is Problem.WRONG


def test_nobody_sets_a_password_by_skipping_the_codes(place, intranet, anna):
    visit = Visit(place)
    visit.begin(intranet)
    assert visit.new_password(LONGER).step == AskPassword("")
    signed_in(place, intranet, "anna", LONG)


def test_a_short_password_beside_a_factor_never_stands_alone(place, intranet, anna):
    visit = Visit(place)
    visit.begin(intranet)
    forgotten(visit, "anna", place.code(anna.app), anna.codes[0])
    assert isinstance(visit.new_password(SHORT), Completed)
    place.later(minutes=1)
    again = Visit(place)
    again.begin(intranet)
    asked = again.password("anna", SHORT)
    assert isinstance(asked.step, AskSecondFactor), "although the system itself is content with one factor"
    assert isinstance(again.code(place.code(anna.app)), Completed)
    admitted = again.ask(intranet)
    assert isinstance(admitted, Admitted)
    assert "too short to stand alone" in " ".join(sentence(reason) for reason in admitted.reasons)


def test_without_a_factor_fifteen_characters_are_asked(place, intranet):
    account = place.account("ny", local=True)
    with place.database.write() as uow:
        code = mfa.issue_activation_code(
            uow.factors,
            account.id,
            issued_by="test",
            now=place.now,
            lifetime=mfa.PASSWORD_LIMITS.longest_lock,
        ).code
    visit = Visit(place)
    visit.begin(intranet)
    assert visit.activate(code, "ny").step == AskNewPassword("first", 15)
    assert visit.new_password(SHORT).problem is Problem.TOO_SHORT
    assert isinstance(visit.new_password(LONG), Completed)


@pytest.mark.parametrize(
    ("why", "problem"), [(Weakness.BREACHED, Problem.BREACHED), (Weakness.GUESSABLE, Problem.GUESSABLE)]
)
def test_a_weak_password_is_refused_with_the_reason_and_another_can_be_chosen(
    place, intranet, anna, why, problem
):
    judge = Judge("annas egen hemlighet", why)
    judged(place, judge)
    visit = Visit(place)
    visit.begin(intranet)
    forgotten(visit, "anna", place.code(anna.app), anna.codes[0])
    assert visit.new_password("annas egen hemlighet").problem is problem
    assert "anna" in judge.known
    assert "Berg" in judge.known
    assert isinstance(visit.new_password(LONGER), Completed)


def change(place, visit, old, new, again=None):
    return own_password.change(
        place.database,
        place.signin.passwords,
        living(place, visit),
        old,
        new,
        new if again is None else again,
        place.occasion(),
    )


def test_changing_ones_own_password(place, intranet, anna):
    visit = signed_in(place, intranet, "anna", LONG)
    judged(place, Judge("annas egen hemlighet"))
    assert change(place, visit, "wrong", LONGER) is Problem.WRONG
    assert change(place, visit, LONG, LONG) is Problem.UNCHANGED
    assert change(place, visit, LONG, LONGER, "other") is Problem.NOT_THE_SAME
    assert change(place, visit, LONG, "annas egen hemlighet") is Problem.BREACHED
    assert change(place, visit, LONG, LONGER) is None
    signed_in(place, intranet, "anna", LONGER)


def test_the_old_password_may_be_left_out_only_after_other_proofs_that_are_enough(place, intranet, anna):
    visit = signed_in(place, intranet, "anna", LONG)
    assert change(place, visit, "", LONGER) is Problem.WRONG
    session = living(place, visit)
    proofs = (*session.session.proofs, Proof(Method.TOTP, place.now))
    more = replace(session, session=replace(session.session, proofs=proofs))
    assert not own_password.may_skip_old(more, place.occasion()), "a code alone is one factor"


def test_nobody_changes_a_directorys_password_here(place, intranet):
    account = place.account("eva", password=LONG)
    assert account.password_source is PasswordSource.DIRECTORY
    visit = signed_in(place, intranet, "eva", LONG)
    assert change(place, visit, LONG, LONGER) is Problem.UNAVAILABLE
