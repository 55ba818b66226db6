"""Choosing a local password: how long it must be, and what else it may not be. Length and guessing, no composition.

A password that may stand alone has 15 characters; one beside a second factor has 8 (NIST SP 800-63B-4 §3.1.1.2),
and from then on never opens anything alone: `may()` asks its account for two factors everywhere.
"""

from collections.abc import Sequence

import mfa
from idp.domain.account import Account
from idp.domain.outcomes import Problem
from idp.domain.password import (
    LEAST_ALONE,
    LEAST_BESIDE_A_FACTOR,
    MOST,
    Passwords,
    Weakness,
    one_form,
)
from idp.domain.ports import UnitOfWork
from mfa import FactorKind

_WEAK = {Weakness.GUESSABLE: Problem.GUESSABLE, Weakness.BREACHED: Problem.BREACHED}


def least_length(uow: UnitOfWork, account: Account) -> int:
    """Return the least length for this account: a set of recovery codes alone is no factor to stand beside."""
    kinds = {factor.kind for factor in mfa.enrolled(uow.factors, account.id)} - {FactorKind.RECOVERY_CODE}
    return LEAST_BESIDE_A_FACTOR if kinds else LEAST_ALONE


def stands_alone(password: str) -> bool:
    """Whether a password is long enough to be the only factor."""
    return len(one_form(password)) >= LEAST_ALONE


def known_words(uow: UnitOfWork, account: Account) -> tuple[str, ...]:
    """Return what a guesser knows of the person."""
    person = uow.people.get(account.person_id)
    names = (person.given_name, person.surname, person.display_name) if person else ()
    return (account.login, *names)


def form_problem(new: str, again: str, least: int) -> Problem | None:
    """Say what is wrong with the form of a new password, if anything."""
    if new != again:
        return Problem.NOT_THE_SAME
    if len(one_form(new)) < least:
        return Problem.TOO_SHORT
    return Problem.TOO_LONG if len(new) > MOST else None


def weakness(passwords: Passwords, new: str, known: Sequence[str]) -> Problem | None:
    """Say why a new local password is too weak, if it is. It may read a file: never within a unit of work."""
    found = passwords.judge.weakness(one_form(new), known) if passwords.judge is not None else None
    return _WEAK[found] if found is not None else None
