"""Changing one's own local password while signed in. Directory passwords are changed in their directory."""

import mfa
from idp.domain.account import PasswordSource
from idp.domain.assurance import Assurance, Method, assurance_of, fresh
from idp.domain.audit import record
from idp.domain.events import PasswordChanged, SignInRefused
from idp.domain.new_password import form_problem, known_words, least_length, stands_alone, weakness
from idp.domain.notices import record_and_tell
from idp.domain.occasion import Occasion
from idp.domain.outcomes import Problem
from idp.domain.own_factors import FRESH
from idp.domain.password import Correct, PasswordResult, Passwords, Unreachable, one_form
from idp.domain.ports import Database, UnitOfWork
from idp.domain.session import EndReason, LivingSession
from idp.domain.sign_out import end_all_sessions
from idp.domain.signin.password_steps import account_key
from mfa import FactorKind


def is_mine_to_change(living: LivingSession) -> bool:
    """Whether the account's password is kept here."""
    return living.account.password_source is PasswordSource.LOCAL


def may_skip_old(living: LivingSession, occasion: Occasion) -> bool:
    """Whether other factors alone were just proved strongly enough to set a password without knowing the old one."""
    others = [proof for proof in living.session.proofs if proof.method is not Method.PASSWORD]
    return assurance_of(fresh(others, occasion.now - FRESH)) >= Assurance.TWO_FACTORS


def least(uow: UnitOfWork, living: LivingSession) -> int:
    """Return the least length of the person's own password."""
    return least_length(uow, living.account)


def change(
    database: Database,
    passwords: Passwords,
    living: LivingSession,
    old: str,
    new: str,
    again: str,
    occasion: Occasion,
) -> Problem | None:
    """Replace the password if `old` is right; other sessions end (S18). None says that it was done.

    The old password is counted and throttled as at sign-in, and checked outside any unit of work. Somebody who has
    just proved two factors without it may leave it out.
    """
    account = living.account
    if not is_mine_to_change(living):
        return Problem.UNAVAILABLE
    skipped = not old and may_skip_old(living, occasion)
    with database.write() as uow:
        problem = form_problem(new, again, least_length(uow, account))
        if problem is None and one_form(new) == one_form(old):
            problem = Problem.UNCHANGED
        if problem is not None:
            return problem
        known = known_words(uow, account)
        admitted = mfa.reserve(
            uow.factors, account_key(account, ""), FactorKind.PASSWORD, mfa.PASSWORD_LIMITS, occasion.now
        )
        if isinstance(admitted, mfa.Throttled):
            return Problem.WRONG
        stored = uow.accounts.password_hash(account.id)
    result: PasswordResult = Correct() if skipped else passwords.local.check(stored, old)
    right = isinstance(result, Correct)
    problem = weakness(passwords, new, known) if right else None
    hashed = passwords.local.hash(new) if right and problem is None else ""
    with database.write() as uow:
        if isinstance(result, Unreachable):
            mfa.release(uow.factors, admitted.ticket, occasion.now)
            return Problem.UNAVAILABLE
        if skipped:
            mfa.release(uow.factors, admitted.ticket, occasion.now)
        else:
            mfa.settle(uow.factors, admitted.ticket, succeeded=right, now=occasion.now)
        if not right:
            wrong = SignInRefused(subject=account.id, reason="wrong_password", method="password")
            record(uow.audit, wrong, occasion)
            return Problem.WRONG
        return problem or _kept(uow, living, stored, hashed, stands_alone(new), occasion)


def _kept(
    uow: UnitOfWork,
    living: LivingSession,
    stored: str | None,
    hashed: str,
    alone: bool,  # noqa: FBT001 - the fact that is stored
    occasion: Occasion,
) -> Problem | None:
    account = living.account.id
    if not uow.accounts.set_password_hash(account, hashed, expected=stored, alone=alone):
        return Problem.OVERTAKEN
    record_and_tell(uow, PasswordChanged(subject=account, object="local", reason="own"), occasion)
    end_all_sessions(uow, account, EndReason.PASSWORD_CHANGED, occasion, keep=living.session.id)
    return None
