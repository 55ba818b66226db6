"""Passkeys in a sign-in: in place of name and password, as second factor, and a new one being set up.

Before anybody is known every refusal is one answer, whatever its cause (S9): unknown, removed, a disabled
account's, another person's. The audit log has the reason.
"""

from dataclasses import replace

import mfa
from idp.domain import cooling_off
from idp.domain.account import Account
from idp.domain.audit import record
from idp.domain.events import FactorBound, PasskeyCounterRegressed, ProofAccepted, SignInRefused
from idp.domain.floods import record_refusal
from idp.domain.handles import AccountId
from idp.domain.journey import Journey
from idp.domain.notices import record_and_tell
from idp.domain.occasion import Occasion
from idp.domain.outcomes import Lost, Outcome, Problem
from idp.domain.passkeys import Passkeys, accepted_passkeys
from idp.domain.ports import UnitOfWork
from idp.domain.session import EndReason
from idp.domain.sign_out import end_all_sessions
from idp.domain.signin.advance import SignIn, advance, way_to_bind
from idp.domain.signin.door import find
from idp.domain.signin.factor_steps import account_at, new_recovery_codes, refuse_factor, standing_at
from idp.domain.signin.password_steps import throttle_network
from idp.domain.steps import Need
from idp.domain.trusted_devices import counter_of, recognised
from mfa import FactorKind

PROBLEMS = {
    mfa.Reason.REPLAYED: Problem.PASSKEY_TOO_LATE,
    mfa.Reason.ALREADY_BOUND: Problem.PASSKEY_TAKEN,
    mfa.Reason.UNTRUSTED: Problem.PASSKEY_UNTRUSTED,
}


def submit_passkey(signin: SignIn, handle: str, browser: bytes, document: str, occasion: Occasion) -> Outcome:
    """Take a passkey's answer in the step that asks for a password or a second factor."""
    with signin.database.write() as uow:
        journey = find(uow, handle, browser, occasion)
        if journey is None:
            return Lost()
        if signin.passkeys is None:
            return advance(signin, uow, journey, occasion)
        asked = account_at(signin, uow, journey, Need.SECOND_FACTOR, occasion)
        if asked is not None:
            return _as_second_factor(signin, signin.passkeys, uow, journey, asked, document, occasion)
        known = account_at(signin, uow, journey, Need.PASSWORD, occasion)
        if journey.account_id is not None and known is None:
            return advance(signin, uow, journey, occasion)
        return _as_first(signin, signin.passkeys, uow, journey, document, occasion)


def submit_new_passkey(
    signin: SignIn, handle: str, browser: bytes, document: str, name: str, occasion: Occasion
) -> Outcome:
    """Take the passkey that is being set up; it counts as a proof."""
    with signin.database.write() as uow:
        journey, account = standing_at(signin, uow, handle, browser, Need.PASSKEY_ENROLMENT, occasion)
        if account is None:
            journey, account = standing_at(signin, uow, handle, browser, Need.ENROLMENT, occasion)
        if journey is None:
            return Lost()
        if account is None or signin.passkeys is None:
            return advance(signin, uow, journey, occasion)
        accepted = accepted_passkeys(uow, journey)
        ceremony = signin.passkeys.binding(journey.digest, account, accepted, occasion.now)
        way = way_to_bind(uow, journey, account, occasion)
        resets = cooling_off.is_reset(uow, account.id, way)
        result = mfa.bind_passkey(uow.factors, ceremony, document, name, occasion.now)
        if isinstance(result, mfa.Rejected):
            refused = _refused(account.id, result.reason)
            record(uow.audit, refused, occasion)
            problem = PROBLEMS.get(result.reason, Problem.WRONG_PASSKEY)
            return advance(signin, uow, journey, occasion, problem)
        bound = result.passkey
        if resets:
            cooling_off.begin(uow, account.id, way, occasion)
        record_and_tell(
            uow,
            FactorBound(subject=account.id, object=bound.id, reason=way, kind=FactorKind.PASSKEY.value),
            occasion,
        )
        end_all_sessions(uow, account.id, EndReason.FACTOR_CHANGED, occasion, keep=journey.session_id)
        has_codes = any(one.kind is FactorKind.RECOVERY_CODE for one in mfa.enrolled(uow.factors, account.id))
        codes = b"" if has_codes else new_recovery_codes(signin, uow, account, occasion)
        proof = signin.passkeys.proof(bound, occasion.now, user_verified=bound.user_verifying)
        proved = replace(
            journey,
            proofs=(*journey.proofs, proof),
            pending_factor="",
            may_bind="",
            recovery_codes=codes or journey.recovery_codes,
        )
        kept = uow.journeys.save(proved)
        return Lost() if kept is None else advance(signin, uow, kept, occasion)


def _as_first(
    signin: SignIn, passkeys: Passkeys, uow: UnitOfWork, journey: Journey, document: str, occasion: Occasion
) -> Outcome:
    network, limits = throttle_network(occasion.address, uow.catalogue.networks)
    admitted = mfa.reserve(uow.factors, network, FactorKind.PASSWORD, limits, occasion.now)
    if isinstance(admitted, mfa.Throttled):
        record_refusal(uow, _refused("", "throttled"), str(occasion.address), occasion)
        return advance(signin, uow, journey, occasion, Problem.WRONG_PASSKEY)
    result = mfa.prove_passkey(uow.factors, passkeys.sign_in(journey.digest), document, occasion.now)
    account = _owner(uow, journey, result, occasion)
    proved = isinstance(result, mfa.ProvedPasskey) and account is not None
    mfa.settle(uow.factors, admitted.ticket, succeeded=proved, now=occasion.now)
    if isinstance(result, mfa.ProvedPasskey) and account is not None:
        return _proved(signin, passkeys, uow, journey, account, result, occasion)
    _record_refusal(uow, result, occasion)
    return advance(signin, uow, journey, occasion, Problem.WRONG_PASSKEY)


def _owner(
    uow: UnitOfWork,
    journey: Journey,
    result: mfa.ProvedPasskey | mfa.RefusedPasskey | mfa.Throttled,
    occasion: Occasion,
) -> Account | None:
    """Return whose passkey it was, if they may go on: W7, a disabled account's fails like an unknown one."""
    if not isinstance(result, mfa.ProvedPasskey):
        return None
    account = uow.accounts.get(AccountId(result.passkey.subject))
    if account is None or not account.usable(occasion.now):
        return None
    return account if journey.account_id in (None, account.id) else None


def _as_second_factor(
    signin: SignIn,
    passkeys: Passkeys,
    uow: UnitOfWork,
    journey: Journey,
    account: Account,
    document: str,
    occasion: Occasion,
) -> Outcome:
    accepted = accepted_passkeys(uow, journey)
    ceremony = passkeys.second_factor(journey.digest, account, accepted, occasion.now)
    counter = counter_of(recognised(uow, account, occasion), account)
    result = mfa.prove_passkey(uow.factors, ceremony, document, occasion.now, counter=counter)
    if isinstance(result, mfa.ProvedPasskey):
        return _proved(signin, passkeys, uow, journey, account, result, occasion)
    if isinstance(result, mfa.Throttled):
        return refuse_factor(signin, uow, journey, account, FactorKind.PASSKEY, result, occasion)
    _record_refusal(uow, result, occasion, account)
    return advance(signin, uow, journey, occasion, PROBLEMS.get(result.reason, Problem.WRONG_PASSKEY))


def _proved(
    signin: SignIn,
    passkeys: Passkeys,
    uow: UnitOfWork,
    journey: Journey,
    account: Account,
    proved: mfa.ProvedPasskey,
    occasion: Occasion,
) -> Outcome:
    proof = passkeys.proof(proved.passkey, occasion.now, user_verified=proved.user_verified)
    record(uow.audit, ProofAccepted(subject=account.id, method=proof.method.value), occasion)
    if proved.regressed:
        report_regression(uow, proved.passkey, "accepted", occasion)
    # Proofs of a session that this account does not own never carry over.
    mine = journey.proofs if journey.account_id == account.id else ()
    kept = uow.journeys.save(replace(journey, account_id=account.id, proofs=(*mine, proof)))
    return Lost() if kept is None else advance(signin, uow, kept, occasion)


def report_regression(uow: UnitOfWork, passkey: mfa.Passkey, outcome: str, occasion: Occasion) -> None:
    """Record that a counter went backwards, for whoever reads the log (W5)."""
    event = PasskeyCounterRegressed(subject=passkey.subject, object=passkey.id, reason=outcome)
    record(uow.audit, event, occasion)


def _record_refusal(
    uow: UnitOfWork,
    result: mfa.ProvedPasskey | mfa.RefusedPasskey | mfa.Throttled,
    occasion: Occasion,
    account: Account | None = None,
) -> None:
    if isinstance(result, mfa.RefusedPasskey):
        named = result.passkey.subject if result.passkey else ""
        record(uow.audit, _refused(account.id if account else named, result.reason.value), occasion)
        if result.passkey is not None and result.reason is mfa.Reason.COUNTER_REGRESSED:
            report_regression(uow, result.passkey, "refused", occasion)
    elif isinstance(result, mfa.ProvedPasskey):
        record(uow.audit, _refused(result.passkey.subject, "account_not_usable"), occasion)


def _refused(subject: str, reason: str) -> SignInRefused:
    return SignInRefused(subject=subject, reason=reason, method=FactorKind.PASSKEY.value)
