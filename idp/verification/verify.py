"""Answering a question: the asking system first, then its policy, then the one door of all codes.

To the asking system every no is one no, whether the name is unknown, the person not of its audience, locked, or
the code wrong (S9); the audit log knows which. A name that may not be asked about is counted as any other.

A policy that asks for two factors is met by the code together with what the asking system checks itself; one that asks
for a phishing-resistant factor is never met by a code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import mfa
from idp.domain.access import Permit, StepUp
from idp.domain.account import Account
from idp.domain.application import Application
from idp.domain.assurance import Assurance, Method, Proof
from idp.domain.audit import record
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.decisions import MadeDecision, decide
from idp.domain.events import CodeVerified, RequestRefused
from idp.domain.floods import record_refusal
from idp.domain.login import MAX_LOGIN
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.signin.password_steps import account_key
from idp.verification.asking_systems import AskingSystem, Kind
from idp.verification.question import Credentials, Question
from idp.verification.store import read_one, secret_mac
from mfa import FactorKind

_RESPONSES: Mapping[Kind, Callable[[str], mfa.Response]] = {
    Kind.ONE_TIME_PASSWORD: mfa.OneTimePasswordResponse,
    Kind.RECOVERY_CODE: mfa.RecoveryCodeResponse,
    Kind.TEMPORARY_CODE: mfa.TemporaryCodeResponse,
}
_PROSPECT = {
    Kind.ONE_TIME_PASSWORD: Method.TOTP,
    Kind.RECOVERY_CODE: Method.RECOVERY_CODE,
    Kind.TEMPORARY_CODE: Method.TEMPORARY_CODE,
}
_NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes or no; `account` and `method` only with a yes."""

    accepted: bool
    account: Account | None = None
    method: Method | None = None


@dataclass(frozen=True, slots=True)
class NotAuthenticated:
    """Who asks did not show a right name and secret, or asks from elsewhere."""


@dataclass(frozen=True, slots=True)
class KindNotAllowed:
    """The system may not ask about this kind of code."""


@dataclass(frozen=True, slots=True)
class TooManyTries:
    """The asking system has been wrong so often that it has to wait, whoever it asks about."""

    until: datetime


Answered = Answer | NotAuthenticated | KindNotAllowed | TooManyTries


def answer(uow: UnitOfWork, shown: Credentials | None, question: Question, occasion: Occasion) -> Answered:
    """Answer a question; what was counted and recorded is committed whatever the answer is."""
    found = _authenticated(uow, shown, occasion)
    if found is None:
        refused = RequestRefused(object="verification", reason="not_authenticated")
        record_refusal(uow, refused, f"verification {occasion.address}", occasion)
        return NotAuthenticated()
    application, system = found
    occasion = replace(occasion, actor=Actor(ActorKind.CLIENT, application.name))
    if question.kind not in system.settings.kinds:
        refused = RequestRefused(object="verification", reason="kind_not_allowed", client=application.name)
        record_refusal(uow, refused, f"verification kind {application.name}", occasion)
        return KindNotAllowed()
    # What one asking system may be wrong about, whoever it asks for: like a network that many people share.
    key = f"application:{application.id}"
    admitted = mfa.reserve(uow.factors, key, FactorKind.TOTP, mfa.NETWORK_LIMITS, occasion.now)
    if isinstance(admitted, mfa.Throttled):
        refused = RequestRefused(object="verification", reason="throttled", client=application.name)
        record_refusal(uow, refused, f"verification throttled {application.name}", occasion)
        return TooManyTries(admitted.until)
    result = _checked(uow, application, question, occasion)
    if isinstance(result, Answer):
        mfa.settle(uow.factors, admitted.ticket, succeeded=True, now=occasion.now)
        return result
    if result in mfa.GUESSES:
        mfa.settle(uow.factors, admitted.ticket, succeeded=False, now=occasion.now)
    else:
        mfa.release(uow.factors, admitted.ticket, occasion.now)
    return Answer(accepted=False)


def _authenticated(
    uow: UnitOfWork, shown: Credentials | None, occasion: Occasion
) -> tuple[Application, AskingSystem] | None:
    if shown is None:
        return None
    application = uow.catalogue.application(shown.name)
    system = read_one(uow, application.id) if application is not None and application.enabled else None
    mac = secret_mac(uow, application.id if application else _NOBODY, shown.secret)
    if application is None or system is None or not system.shows(mac):
        return None
    return (application, system) if system.may_ask_from(occasion.address) else None


def _checked(
    uow: UnitOfWork, application: Application, question: Question, occasion: Occasion
) -> Answer | mfa.Reason | None:
    """Return the yes, or why not: a guess's reason, or None where the person's own counter said no."""
    account = uow.accounts.by_login(question.login) if len(question.login) <= MAX_LOGIN else None
    made = None if account is None else _decided(uow, account, application, question, occasion)
    allowed = account if made is not None and _permits(made) else None
    # A person who may not be asked about is to this system as one who does not exist.
    subject = allowed.id if allowed else account_key(None, question.login)
    result = mfa.verify(uow.factors, subject, _RESPONSES[question.kind](question.code), occasion.now)
    if isinstance(result, mfa.Accepted) and allowed is not None and made is not None:
        method = Method(result.kind.value)
        _keep(uow, allowed, application, method, made, occasion)
        return Answer(accepted=True, account=allowed, method=method)
    reason = result.reason if isinstance(result, mfa.Rejected) else None
    why = reason.value if reason else "throttled"
    if made is None:
        why = "unknown_name"
    elif allowed is None:
        why = made.decision.reasons[-1].code
    refused = CodeVerified(
        subject=account.id if account else "",
        object=application.id,
        reason=why,
        outcome="refused",
        method=question.kind.value,
    )
    record_refusal(uow, refused, f"verification {application.name} {refused.subject} {why}", occasion)
    return reason


def _decided(
    uow: UnitOfWork, account: Account, application: Application, question: Question, occasion: Occasion
) -> MadeDecision:
    place = occasion if question.address is None else replace(occasion, address=question.address)
    proof = Proof(_PROSPECT[question.kind], occasion.now)
    return decide(uow, account, (proof,), AuthenticationRequirement(application.id), place)


def _permits(made: MadeDecision) -> bool:
    match made.decision:
        case Permit():
            return True
        case StepUp(assurance):
            return assurance <= Assurance.TWO_FACTORS
        case _:
            return False


def _keep(
    uow: UnitOfWork,
    account: Account,
    application: Application,
    method: Method,
    made: MadeDecision,
    occasion: Occasion,
) -> None:
    """Record a yes, with the decision and the facts that it was made from."""
    circumstances = made.circumstances
    decision = uow.decisions.add(
        made.facts, application, made.decision, circumstances.networks, circumstances.proofs, occasion.now
    )
    accepted = CodeVerified(
        subject=account.id,
        object=application.id,
        outcome="accepted",
        method=method.value,
        decision=decision,
    )
    record(uow.audit, accepted, occasion)
