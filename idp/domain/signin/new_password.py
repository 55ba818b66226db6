"""A new password where the old one may not go on: the first one, one in place of an expired one, one after a reset."""

from dataclasses import dataclass, replace

from idp.domain import cooling_off
from idp.domain.account import Account, PasswordSource
from idp.domain.assurance import Method, Proof
from idp.domain.events import PasswordChanged
from idp.domain.journey import RESET, Journey
from idp.domain.new_password import form_problem, known_words, least_length, stands_alone, weakness
from idp.domain.notices import record_and_tell
from idp.domain.occasion import Occasion
from idp.domain.outcomes import Lost, Outcome, Problem
from idp.domain.password import (
    LEAST_BESIDE_A_FACTOR,
    Changed,
    ChangeRefused,
    Unreachable,
    one_form,
)
from idp.domain.session import EndReason
from idp.domain.sign_out import end_all_sessions
from idp.domain.signin.advance import SignIn, activated, advance
from idp.domain.signin.door import find
from idp.domain.signin.password_steps import OLD_PASSWORD_PURPOSE


@dataclass(frozen=True, slots=True)
class _Local:
    """A local password about to be set: in place of which hash (None: it is the first), and why."""

    account: Account
    expected: str | None
    why: str
    known: tuple[str, ...]


def submit_new_password(
    signin: SignIn, handle: str, browser: bytes, new: str, again: str, occasion: Occasion
) -> Outcome:
    """Take a password for a local account, first or after a reset, or one in place of one that must change."""
    with signin.database.write() as uow:
        journey = find(uow, handle, browser, occasion)
        if journey is None:
            return Lost()
        account = uow.accounts.get(journey.account_id) if journey.account_id else None
        if account is None:
            return advance(signin, uow, journey, occasion)
        local = account.password_source is PasswordSource.LOCAL
        stored = uow.accounts.password_hash(account.id) if local else None
        first = local and activated(journey) and stored is None
        if not first and not journey.must_change_password:
            return advance(signin, uow, journey, occasion)
        problem = form_problem(new, again, least_length(uow, account) if local else LEAST_BESIDE_A_FACTOR)
        if problem is not None:
            return advance(signin, uow, journey, occasion, problem)
        known = known_words(uow, account)
    if local:
        why = "first" if first else RESET
        return _set_local(signin, handle, browser, _Local(account, stored, why, known), new, occasion)
    return _change_in_directory(signin, handle, browser, account, journey, new, occasion)


def _set_local(
    signin: SignIn, handle: str, browser: bytes, chosen: _Local, new: str, occasion: Occasion
) -> Outcome:
    problem = weakness(signin.passwords, new, chosen.known)
    hashed = signin.passwords.local.hash(new) if problem is None else ""
    account = chosen.account
    with signin.database.write() as uow:
        journey = find(uow, handle, browser, occasion)
        if journey is None:
            return Lost()
        if problem is not None:
            return advance(signin, uow, journey, occasion, problem)
        alone = stands_alone(new)
        if not uow.accounts.set_password_hash(account.id, hashed, expected=chosen.expected, alone=alone):
            return Lost()
        record_and_tell(uow, PasswordChanged(subject=account.id, object="local", reason=chosen.why), occasion)
        if chosen.why == RESET:
            cooling_off.begin(uow, account.id, "forgotten_password", occasion)
        end_all_sessions(uow, account.id, EndReason.PASSWORD_CHANGED, occasion, keep=journey.session_id)
        proofs = (*journey.proofs, Proof(Method.PASSWORD, occasion.now))
        kept = uow.journeys.save(replace(journey, proofs=proofs, must_change_password=""))
        return Lost() if kept is None else advance(signin, uow, kept, occasion)


def _change_in_directory(
    signin: SignIn,
    handle: str,
    browser: bytes,
    account: Account,
    journey: Journey,
    new: str,
    occasion: Occasion,
) -> Outcome:
    old = signin.sealer.unseal(journey.password, OLD_PASSWORD_PURPOSE).decode()
    if one_form(new) == old:
        result: Changed | ChangeRefused | Unreachable | None = None
    elif signin.passwords.directories is None:
        result = Unreachable("no directory is configured")
    else:
        result = signin.passwords.directories.change(account, old, one_form(new))
    with signin.database.write() as uow:
        found = find(uow, handle, browser, occasion)
        if found is None:
            return Lost()
        if result is None:
            return advance(signin, uow, found, occasion, Problem.UNCHANGED)
        if isinstance(result, Unreachable):
            return advance(signin, uow, found, occasion, Problem.UNAVAILABLE)
        if isinstance(result, ChangeRefused):
            return advance(signin, uow, found, occasion, Problem.REFUSED_BY_DIRECTORY, words=result.reason)
        record_and_tell(
            uow,
            PasswordChanged(subject=account.id, object="directory", reason=found.must_change_password),
            occasion,
        )
        end_all_sessions(uow, account.id, EndReason.PASSWORD_CHANGED, occasion, keep=found.session_id)
        kept = uow.journeys.save(replace(found, must_change_password="", password=b""))
        return Lost() if kept is None else advance(signin, uow, kept, occasion)
