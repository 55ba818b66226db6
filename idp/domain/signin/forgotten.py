"""A forgotten local password, reset through another factor: a code of one's device together with a recovery code.

Both are asked at once and one refusal stands for every cause (S9); who has only one of them asks IT support for an
activation code. A reset never removes a factor (E6), and the new password is chosen in the same journey.
"""

from dataclasses import replace

import mfa
from idp.domain.account import Account, PasswordSource
from idp.domain.assurance import Method, Proof
from idp.domain.audit import record
from idp.domain.events import ProofAccepted, SignInRefused
from idp.domain.floods import record_refusal
from idp.domain.journey import RESET, Journey
from idp.domain.login import MAX_LOGIN
from idp.domain.occasion import Occasion
from idp.domain.outcomes import Lost, Outcome, Problem
from idp.domain.ports import UnitOfWork
from idp.domain.signin.advance import SignIn, advance
from idp.domain.signin.door import find
from idp.domain.signin.password_steps import account_key, throttle_network
from mfa import FactorKind


def submit_forgotten(
    signin: SignIn, handle: str, browser: bytes, login: str, code: str, recovery_code: str, occasion: Occasion
) -> Outcome:
    """Take a name, a code of the person's device and a recovery code; then a new password is asked for."""
    with signin.database.write() as uow:
        journey = find(uow, handle, browser, occasion)
        if journey is None:
            return Lost()
        if journey.account_id is not None:
            return advance(signin, uow, journey, occasion)
        network, limits = throttle_network(occasion.address, uow.catalogue.networks)
        admitted = mfa.reserve(uow.factors, network, FactorKind.PASSWORD, limits, occasion.now)
        if isinstance(admitted, mfa.Throttled):
            record_refusal(uow, _refused(None, "throttled"), str(occasion.address), occasion)
            return advance(signin, uow, journey, occasion, Problem.WRONG)
        account = _meant(uow, login)
        proved = _prove(uow, account, login, code, recovery_code, occasion)
        right = not isinstance(proved, str) and account is not None
        mfa.settle(uow.factors, admitted.ticket, succeeded=right, now=occasion.now)
        if isinstance(proved, str) or account is None:
            why = proved if isinstance(proved, str) else ""
            record(uow.audit, _refused(account, why), occasion)
            return advance(signin, uow, journey, occasion, Problem.WRONG)
        return _proved(signin, uow, journey, account, proved, occasion)


def _meant(uow: UnitOfWork, login: str) -> Account | None:
    """Return the account of a typed name if its password is kept here and was ever set."""
    account = uow.accounts.by_login(login) if 0 < len(login) <= MAX_LOGIN else None
    if account is None or account.password_source is not PasswordSource.LOCAL:
        return None
    return account if uow.accounts.password_hash(account.id) is not None else None


def _prove(
    uow: UnitOfWork, account: Account | None, login: str, code: str, recovery_code: str, occasion: Occasion
) -> tuple[mfa.Accepted, ...] | str:
    """Spend both codes; return what was accepted, or why not. A name that nobody has costs the same look-ups."""
    subject = account.id if account else account_key(None, login)
    device = mfa.verify(uow.factors, subject, mfa.OneTimePasswordResponse(code), occasion.now)
    if not isinstance(device, mfa.Accepted):
        return _why(device)
    recovery = mfa.verify(uow.factors, subject, mfa.RecoveryCodeResponse(recovery_code), occasion.now)
    return (device, recovery) if isinstance(recovery, mfa.Accepted) else _why(recovery)


def _why(result: mfa.Rejected | mfa.Throttled) -> str:
    return "throttled" if isinstance(result, mfa.Throttled) else result.reason.value


def _proved(
    signin: SignIn,
    uow: UnitOfWork,
    journey: Journey,
    account: Account,
    accepted: tuple[mfa.Accepted, ...],
    occasion: Occasion,
) -> Outcome:
    proofs = tuple(Proof(Method(one.kind.value), occasion.now, one.authenticator_id) for one in accepted)
    for proof in proofs:
        record(uow.audit, ProofAccepted(subject=account.id, method=proof.method.value), occasion)
    kept = uow.journeys.save(
        replace(
            journey,
            account_id=account.id,
            proofs=proofs,
            must_change_password=RESET,
        )
    )
    return Lost() if kept is None else advance(signin, uow, kept, occasion)


def _refused(account: Account | None, reason: str) -> SignInRefused:
    return SignInRefused(subject=account.id if account else "", reason=reason, method="forgotten_password")
