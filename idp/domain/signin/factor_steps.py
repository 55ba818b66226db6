"""Codes: a second factor, the first code of a new authenticator, an activation code.

These checks take no time, so each is one unit of work: throttle, check and spend are `mfa`'s.
"""

from collections.abc import Callable
from dataclasses import replace

import mfa
from idp.domain import cooling_off
from idp.domain.account import Account
from idp.domain.assurance import Method, Proof
from idp.domain.audit import record
from idp.domain.binding import Way
from idp.domain.decisions import decide
from idp.domain.events import FactorBound, ProofAccepted, RecoveryCodesMade, SignInRefused
from idp.domain.floods import record_refusal
from idp.domain.journey import Journey
from idp.domain.login import MAX_LOGIN
from idp.domain.notices import record_and_tell
from idp.domain.occasion import Occasion
from idp.domain.outcomes import Lost, Outcome, Problem
from idp.domain.ports import UnitOfWork
from idp.domain.session import EndReason
from idp.domain.sign_out import end_all_sessions
from idp.domain.signin.advance import RECOVERY_CODES_PURPOSE, SignIn, advance, situation, way_to_bind
from idp.domain.signin.door import find
from idp.domain.signin.password_steps import account_key, throttle_network
from idp.domain.steps import Need, next_step
from idp.domain.trusted_devices import allowed_for, recognised
from mfa import FactorKind

_RESPONSES: dict[FactorKind, Callable[[str], mfa.Response]] = {
    FactorKind.TOTP: mfa.OneTimePasswordResponse,
    FactorKind.RECOVERY_CODE: mfa.RecoveryCodeResponse,
    FactorKind.TEMPORARY_CODE: mfa.TemporaryCodeResponse,
}
#: What is said of a refused code; of a passkey there is less to tell.
PROBLEMS = {
    mfa.Reason.WRONG: Problem.WRONG_CODE,
    mfa.Reason.NONE_ENROLLED: Problem.WRONG_CODE,
    mfa.Reason.REPLAYED: Problem.CODE_USED,
    mfa.Reason.EXPIRED: Problem.CODE_EXPIRED,
    mfa.Reason.MALFORMED: Problem.MALFORMED_CODE,
}


def submit_factor(
    signin: SignIn, handle: str, browser: bytes, kind: FactorKind, code: str, occasion: Occasion
) -> Outcome:
    """Take a code of a second factor, in the step that asks for one."""
    with signin.database.write(brief=True) as uow:
        journey = find(uow, handle, browser, occasion)
        return Lost() if journey is None else take_factor(signin, uow, journey, kind, code, occasion)


def take_factor(
    signin: SignIn, uow: UnitOfWork, journey: Journey, kind: FactorKind, code: str, occasion: Occasion
) -> Outcome:
    """Take a code within the caller's unit of work; nothing is checked unless a second factor is what comes next."""
    account = account_at(signin, uow, journey, Need.SECOND_FACTOR, occasion)
    if account is None or (kind not in _RESPONSES and kind is not FactorKind.TEXT_MESSAGE):
        return advance(signin, uow, journey, occasion)
    trusted = recognised(uow, account, occasion)
    response = _response(journey, kind, code)
    device = trusted.id if trusted is not None else ""
    result = mfa.verify(uow.factors, account.id, response, occasion.now, device=device)
    if not isinstance(result, mfa.Accepted):
        return refuse_factor(signin, uow, journey, account, kind, result, occasion)
    return _proved(signin, uow, journey, account, result, occasion)


def _response(journey: Journey, kind: FactorKind, code: str) -> mfa.Response:
    """Return the typed code as its kind takes it: one that was sent answers this sign-in alone."""
    if kind is FactorKind.TEXT_MESSAGE:
        return mfa.CallBackResponse(code, journey.flow)
    return _RESPONSES[kind](code)


def ask_to_trust(
    signin: SignIn,
    handle: str,
    browser: bytes,
    occasion: Occasion,
    *,
    wanted: bool,
) -> None:
    """Note whether this device is to be trusted once the second factor has been shown, where policy allows that."""
    with signin.database.write() as uow:
        journey, account = standing_at(signin, uow, handle, browser, Need.SECOND_FACTOR, occasion)
        if journey is None or account is None or allowed_for(uow, journey, account, occasion) is None:
            return
        uow.journeys.save(replace(journey, trust_device=wanted))


def submit_enrolment(signin: SignIn, handle: str, browser: bytes, code: str, occasion: Occasion) -> Outcome:
    """Take the first code of the authenticator being set up; it is spent, and counts as a proof."""
    with signin.database.write() as uow:
        journey, account = standing_at(signin, uow, handle, browser, Need.ENROLMENT, occasion)
        if journey is None:
            return Lost()
        if account is None:
            return advance(signin, uow, journey, occasion)
        way = way_to_bind(uow, journey, account, occasion)
        resets = cooling_off.is_reset(uow, account.id, way)
        result = mfa.confirm_totp(uow.factors, account.id, journey.pending_factor, code, occasion.now)
        if not isinstance(result, mfa.Confirmed):
            return refuse_factor(signin, uow, journey, account, FactorKind.TOTP, result, occasion)
        if resets:
            cooling_off.begin(uow, account.id, way, occasion)
        record_and_tell(
            uow,
            FactorBound(
                subject=account.id, object=result.authenticator_id, reason=way, kind=FactorKind.TOTP.value
            ),
            occasion,
        )
        end_all_sessions(uow, account.id, EndReason.FACTOR_CHANGED, occasion, keep=journey.session_id)
        sealed = new_recovery_codes(signin, uow, account, occasion)
        proof = Proof(Method.TOTP, occasion.now, authenticator=result.authenticator_id)
        kept = uow.journeys.save(
            replace(
                journey,
                proofs=(*journey.proofs, proof),
                pending_factor="",
                may_bind="",
                recovery_codes=sealed,
            )
        )
        return Lost() if kept is None else advance(signin, uow, kept, occasion)


def new_recovery_codes(signin: SignIn, uow: UnitOfWork, account: Account, occasion: Occasion) -> bytes:
    """Make a set of recovery codes and return it sealed, for the journey to show once."""
    codes = mfa.generate_recovery_codes(uow.factors, account.id, occasion.now).codes
    record_and_tell(uow, RecoveryCodesMade(subject=account.id), occasion)
    return signin.sealer.seal("\n".join(codes).encode("ascii"), RECOVERY_CODES_PURPOSE)


def acknowledge_recovery_codes(signin: SignIn, handle: str, browser: bytes, occasion: Occasion) -> Outcome:
    """The person has kept the codes: they are never shown again."""
    with signin.database.write() as uow:
        journey = find(uow, handle, browser, occasion)
        if journey is None:
            return Lost()
        if not journey.recovery_codes:
            return advance(signin, uow, journey, occasion)
        kept = uow.journeys.save(replace(journey, recovery_codes=b""))
        return Lost() if kept is None else advance(signin, uow, kept, occasion)


def submit_activation_code(
    signin: SignIn, handle: str, browser: bytes, login: str, code: str, occasion: Occasion
) -> Outcome:
    """Take an activation code: alone with a name, or in the step that asks for one.

    It never counts as a factor; it lets a first one be bound, and a local account set its first password.
    """
    with signin.database.write() as uow:
        journey = find(uow, handle, browser, occasion)
        if journey is None:
            return Lost()
        known = journey.account_id is not None
        account = _meant(uow, journey, login)
        if account is not None and _shown_to_bind(signin, uow, journey, account, code, occasion):
            kept = uow.journeys.save(replace(journey, may_bind=Way.TEMPORARY_CODE.value))
            return Lost() if kept is None else advance(signin, uow, kept, occasion)
        network, limits = throttle_network(occasion.address, uow.catalogue.networks)
        admitted = mfa.reserve(uow.factors, network, FactorKind.PASSWORD, limits, occasion.now)
        if isinstance(admitted, mfa.Throttled):
            return _not_activated(signin, uow, journey, None, admitted, occasion)
        # A name that nobody has goes through the same counting and the same look-up.
        subject = account.id if account else account_key(None, login)
        result = mfa.activate(uow.factors, subject, code, occasion.now)
        if not isinstance(result, mfa.Activated) or account is None:
            mfa.settle(uow.factors, admitted.ticket, succeeded=False, now=occasion.now)
            return _not_activated(signin, uow, journey, account if known else None, result, occasion)
        mfa.settle(uow.factors, admitted.ticket, succeeded=True, now=occasion.now)
        record(uow.audit, ProofAccepted(subject=account.id, method=Method.ACTIVATION_CODE.value), occasion)
        kept = uow.journeys.save(
            replace(
                journey,
                account_id=account.id,
                proofs=(*journey.proofs, Proof(Method.ACTIVATION_CODE, occasion.now)),
                may_bind=Way.ACTIVATION_CODE.value,
            )
        )
        return Lost() if kept is None else advance(signin, uow, kept, occasion)


def _shown_to_bind(
    signin: SignIn, uow: UnitOfWork, journey: Journey, account: Account, code: str, occasion: Occasion
) -> bool:
    """Whether it was a temporary code for binding a factor, in the step that asks for such a code.

    What is no temporary code by its form is tried as an activation code by the caller.
    """
    if account_at(signin, uow, journey, Need.ACTIVATION_CODE, occasion) is None:
        return False
    response = mfa.TemporaryCodeResponse(code, mfa.TemporaryCodePurpose.BIND_FACTOR)
    if not isinstance(mfa.verify(uow.factors, account.id, response, occasion.now), mfa.Accepted):
        return False
    record(uow.audit, ProofAccepted(subject=account.id, method=Method.TEMPORARY_CODE.value), occasion)
    return True


def _meant(uow: UnitOfWork, journey: Journey, login: str) -> Account | None:
    if journey.account_id is not None:
        return uow.accounts.get(journey.account_id)
    return uow.accounts.by_login(login) if 0 < len(login) <= MAX_LOGIN else None


def _not_activated(
    signin: SignIn,
    uow: UnitOfWork,
    journey: Journey,
    account: Account | None,
    result: mfa.Rejected | mfa.Throttled | mfa.Activated,
    occasion: Occasion,
) -> Outcome:
    if account is not None and not isinstance(result, mfa.Activated):
        return refuse_factor(signin, uow, journey, account, FactorKind.ACTIVATION_CODE, result, occasion)
    reason = "throttled" if isinstance(result, mfa.Throttled) else "wrong_activation_code"
    refused = SignInRefused(reason=reason, method=FactorKind.ACTIVATION_CODE.value)
    if isinstance(result, mfa.Throttled):
        record_refusal(uow, refused, str(occasion.address), occasion)
    else:
        record(uow.audit, refused, occasion)
    return advance(signin, uow, journey, occasion, Problem.WRONG)


def standing_at(
    signin: SignIn, uow: UnitOfWork, handle: str, browser: bytes, need: Need, occasion: Occasion
) -> tuple[Journey | None, Account | None]:
    """Return the journey, and its account only if `need` really is what comes next (S11, F08)."""
    journey = find(uow, handle, browser, occasion)
    return journey, None if journey is None else account_at(signin, uow, journey, need, occasion)


def account_at(
    signin: SignIn, uow: UnitOfWork, journey: Journey, need: Need, occasion: Occasion
) -> Account | None:
    """Return the journey's account, only if `need` really is what comes next (S11, F08)."""
    account = uow.accounts.get(journey.account_id) if journey.account_id else None
    if account is None:
        return None
    made = decide(uow, account, journey.proofs, journey.requirement, occasion)
    here = next_step(situation(signin, uow, journey, account, made, occasion)).need
    return account if here is need else None


def _proved(
    signin: SignIn,
    uow: UnitOfWork,
    journey: Journey,
    account: Account,
    accepted: mfa.Accepted,
    occasion: Occasion,
) -> Outcome:
    method = Method(accepted.kind.value)
    record(uow.audit, ProofAccepted(subject=account.id, method=method.value), occasion)
    proof = Proof(method, occasion.now, accepted.authenticator_id)
    kept = uow.journeys.save(replace(journey, proofs=(*journey.proofs, proof)))
    return Lost() if kept is None else advance(signin, uow, kept, occasion)


def refuse_factor(
    signin: SignIn,
    uow: UnitOfWork,
    journey: Journey,
    account: Account,
    kind: FactorKind,
    result: mfa.Rejected | mfa.Throttled,
    occasion: Occasion,
) -> Outcome:
    if isinstance(result, mfa.Throttled):
        refused = SignInRefused(subject=account.id, reason="throttled", method=kind.value)
        record_refusal(uow, refused, f"{account.id} {kind.value}", occasion)
        return advance(signin, uow, journey, occasion, Problem.THROTTLED, until=result.until)
    refused = SignInRefused(subject=account.id, reason=result.reason.value, method=kind.value)
    record(uow.audit, refused, occasion)
    return advance(signin, uow, journey, occasion, PROBLEMS.get(result.reason, Problem.WRONG_CODE))
