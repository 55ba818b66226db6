"""Changing one's own local password while signed in. Directory passwords are changed in their directory."""

import mfa
from idp.domain.account import PasswordSource
from idp.domain.audit import record
from idp.domain.events import PasswordChanged, SignInRefused
from idp.domain.notices import record_and_tell
from idp.domain.occasion import Occasion
from idp.domain.outcomes import Problem
from idp.domain.password import LEAST_ALONE, Correct, LocalPasswords, Unreachable, one_form
from idp.domain.ports import Database, UnitOfWork
from idp.domain.session import EndReason, LivingSession
from idp.domain.sign_out import end_all_sessions
from idp.domain.signin.password_steps import account_key, new_password_problem
from mfa import FactorKind

LEAST = LEAST_ALONE


def is_mine_to_change(living: LivingSession) -> bool:
    """Whether the account's password is kept here."""
    return living.account.password_source is PasswordSource.LOCAL


def change(
    database: Database,
    passwords: LocalPasswords,
    living: LivingSession,
    old: str,
    new: str,
    again: str,
    occasion: Occasion,
) -> Problem | None:
    """Replace the password if `old` is right; other sessions end (S18). None says that it was done.

    The old password is counted and throttled as at sign-in, and checked outside any unit of work.
    """
    account = living.account
    if not is_mine_to_change(living):
        return Problem.UNAVAILABLE
    problem = new_password_problem(new, again, LEAST)
    if problem is None and one_form(new) == one_form(old):
        problem = Problem.UNCHANGED
    if problem is not None:
        return problem
    with database.write() as uow:
        admitted = mfa.reserve(
            uow.factors, account_key(account, ""), FactorKind.PASSWORD, mfa.PASSWORD_LIMITS, occasion.now
        )
        if isinstance(admitted, mfa.Throttled):
            return Problem.WRONG
        stored = uow.accounts.password_hash(account.id)
    result = passwords.check(stored, old)
    hashed = passwords.hash(new) if isinstance(result, Correct) else ""
    with database.write() as uow:
        if isinstance(result, Unreachable):
            mfa.release(uow.factors, admitted.ticket, occasion.now)
            return Problem.UNAVAILABLE
        mfa.settle(uow.factors, admitted.ticket, succeeded=bool(hashed), now=occasion.now)
        return _settled(uow, living, stored, hashed, occasion)


def _settled(
    uow: UnitOfWork, living: LivingSession, stored: str | None, hashed: str, occasion: Occasion
) -> Problem | None:
    account = living.account.id
    if not hashed:
        record(
            uow.audit, SignInRefused(subject=account, reason="wrong_password", method="password"), occasion
        )
        return Problem.WRONG
    if not uow.accounts.set_password_hash(account, hashed, expected=stored):
        return Problem.OVERTAKEN
    record_and_tell(uow, PasswordChanged(subject=account, object="local", reason="own"), occasion)
    end_all_sessions(uow, account, EndReason.PASSWORD_CHANGED, occasion, keep=living.session.id)
    return None
