"""Signing in where only text can be exchanged: all in one message, or a code in a second round.

The same journey, counters, decision and records as the pages; no other mechanism. A round's handle is used up
before anything is checked and a fresh one is handed out for the next (R4); the caller's `binding` says who may
come back with it. `claim` and `keep` are the protocol's own writes in the transactions that reserve and settle.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

import mfa
from idp.domain.account import Account
from idp.domain.assurance import Method, Proof
from idp.domain.audit import record
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.events import ProofAccepted, SignInRefused
from idp.domain.floods import record_refusal
from idp.domain.handles import digest, new_handle
from idp.domain.journey import Journey
from idp.domain.login import MAX_LOGIN
from idp.domain.occasion import Occasion
from idp.domain.outcomes import Completed, Lost, Outcome, Problem, Show
from idp.domain.ports import UnitOfWork
from idp.domain.reason import Reason
from idp.domain.session import LivingSession
from idp.domain.signin import password_steps
from idp.domain.signin.advance import SignIn, advance
from idp.domain.signin.call_steps import have_sent
from idp.domain.signin.door import AccessDenied, Admitted, answer, find
from idp.domain.signin.factor_steps import take_factor
from idp.domain.steps import AskSecondFactor, Need, OnPages, TurnedAway
from mfa import FactorKind

#: How long a person has to answer one question, and how long a sign-in may take in all.
ROUND = timedelta(seconds=120)
WHOLE = timedelta(minutes=10)

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Message:
    """What came in one message; None is what the channel did not ask for."""

    login: str
    password: str | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Welcome:
    """Signed in, and the application may be used: the session, and the stored decision's id."""

    living: LivingSession
    decision: str


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """A code of one of `kinds` is asked for; `handle` is good for one answer.

    Attributes:
        destinations: where a code can be sent to: the answer is then the number of one, counted from 1.
        sent_to: where one has just been sent.
    """

    handle: str = field(repr=False)
    account: Account
    kinds: tuple[FactorKind, ...]
    problem: Problem | None = None
    until: datetime | None = None
    destinations: tuple[str, ...] = ()
    sent_to: str = ""


@dataclass(frozen=True, slots=True)
class NotLetIn:
    """Refused. Only with `account`, which stands for a proved first factor, may reasons be told (S9).

    Attributes:
        problem: what was wrong with what was typed.
        reasons: of the decision, where no proof would help.
        elsewhere: what has to be done on the pages first.
    """

    account: Account | None = None
    problem: Problem = Problem.WRONG
    reasons: tuple[Reason, ...] = ()
    elsewhere: Need | None = None


Told = Welcome | CodeAsked | NotLetIn
Claim = Callable[[UnitOfWork], bool]
Keep = Callable[[UnitOfWork, Told], Kept]


def submit_message(
    signin: SignIn,
    requirement: AuthenticationRequirement,
    binding: bytes,
    message: Message,
    occasion: Occasion,
    claim: Claim,
    keep: Keep[Kept],
) -> Kept | None:
    """Take name and password, a code with them if there is one, or a code alone; None if `claim` says no."""
    with signin.database.write(brief=True) as uow:
        if not claim(uow):
            return None
        handle = new_handle()
        journey = _begin(uow, requirement, binding, handle, occasion)
        if message.password is None:
            outcome = _code_first(signin, uow, journey, message, occasion)
            return keep(uow, _told(uow, outcome, requirement, handle, binding, occasion))
        attempt = password_steps.reserve(uow, journey, message.login, occasion)
        if attempt is None:
            refused = password_steps.refused(None, "throttled")
            record_refusal(uow, refused, str(occasion.address), occasion)
            return keep(uow, NotLetIn())
    result = password_steps.check(signin, attempt, message.password)
    with signin.database.write(brief=True) as uow:
        found = find(uow, handle, binding, occasion)
        outcome = Lost()
        if found is not None:
            outcome = password_steps.settle(signin, uow, found, attempt, result, message.password, occasion)
        if message.code is not None and _asks_code(outcome):
            outcome = _with_code(signin, uow, handle, binding, message.code, occasion)
        return keep(uow, _told(uow, outcome, requirement, handle, binding, occasion))


def submit_answer(
    signin: SignIn,
    requirement: AuthenticationRequirement,
    binding: bytes,
    handle: str,
    code: str,
    occasion: Occasion,
    claim: Claim,
    keep: Keep[Kept],
) -> Kept | None:
    """Take the answer to `CodeAsked`; its handle is used up first, whatever the answer is."""
    with signin.database.write(brief=True) as uow:
        if not claim(uow):
            return None
        journey = find(uow, handle, binding, occasion)
        if journey is None or journey.requirement.application != requirement.application:
            return keep(uow, NotLetIn())
        fresh = new_handle()
        until = min(occasion.now + ROUND, journey.created_at + WHOLE)
        if uow.journeys.pass_on(journey, digest(fresh), until) is None:
            return keep(uow, NotLetIn())
        outcome = _answered(signin, uow, fresh, binding, code, occasion)
        return keep(uow, _told(uow, outcome, requirement, fresh, binding, occasion))


def _begin(
    uow: UnitOfWork, requirement: AuthenticationRequirement, binding: bytes, handle: str, occasion: Occasion
) -> Journey:
    journey = Journey(
        digest=digest(handle),
        browser=binding,
        requirement=requirement,
        return_path="/",
        created_at=occasion.now,
        expires_at=occasion.now + ROUND,
    )
    uow.journeys.add(journey)
    return journey


def _asks_code(outcome: Outcome) -> bool:
    return isinstance(outcome, Show) and isinstance(outcome.step, AskSecondFactor)


def _with_code(
    signin: SignIn, uow: UnitOfWork, handle: str, binding: bytes, code: str, occasion: Occasion
) -> Outcome:
    journey = find(uow, handle, binding, occasion)
    if journey is None:
        return Lost()
    return take_factor(signin, uow, journey, mfa.kind_typed(code), code, occasion)


def _destinations(outcome: Outcome) -> tuple[mfa.Destination, ...]:
    step = outcome.step if isinstance(outcome, Show) else None
    return step.destinations if isinstance(step, AskSecondFactor) else ()


def _answered(
    signin: SignIn, uow: UnitOfWork, handle: str, binding: bytes, typed: str, occasion: Occasion
) -> Outcome:
    """Take an answer: the number of a destination to send a code to, or a code."""
    journey = find(uow, handle, binding, occasion)
    if journey is None:
        return Lost()
    digits = typed.strip()
    if digits.isascii() and digits.isdigit() and journey.account_id is not None:
        if len(digits) == 1:
            places = _destinations(advance(signin, uow, journey, occasion))
            chosen = places[int(digits) - 1].id if 0 < int(digits) <= len(places) else ""
            return have_sent(signin, uow, journey, chosen, occasion)
        if journey.called and len(digits) == mfa.SENT_CODE_DIGITS:
            return take_factor(signin, uow, journey, FactorKind.TEXT_MESSAGE, digits, occasion)
    return _with_code(signin, uow, handle, binding, typed, occasion)


def _code_first(
    signin: SignIn, uow: UnitOfWork, journey: Journey, message: Message, occasion: Occasion
) -> Outcome:
    """Take a code as the only proof, with the counters of a password try (S6); policy says if that is enough."""
    login, code = message.login, message.code or ""
    account = uow.accounts.by_login(login) if 0 < len(login) <= MAX_LOGIN else None
    network, limits = password_steps.throttle_network(occasion.address, uow.catalogue.networks)
    admitted = mfa.reserve(uow.factors, network, FactorKind.PASSWORD, limits, occasion.now)
    kind = mfa.kind_typed(code)
    if isinstance(admitted, mfa.Throttled):
        refused = SignInRefused(reason="throttled", method=kind.value)
        record_refusal(uow, refused, str(occasion.address), occasion)
        return advance(signin, uow, journey, occasion, Problem.WRONG)
    subject = account.id if account else password_steps.account_key(None, login)
    result = mfa.verify(uow.factors, subject, mfa.OneTimePasswordResponse(code), occasion.now)
    right = isinstance(result, mfa.Accepted) and account is not None
    if isinstance(result, mfa.Rejected) and result.reason not in mfa.GUESSES:
        mfa.release(uow.factors, admitted.ticket, occasion.now)
    else:
        mfa.settle(uow.factors, admitted.ticket, right, occasion.now)
    if not isinstance(result, mfa.Accepted) or account is None:
        reason = result.reason.value if isinstance(result, mfa.Rejected) else "throttled"
        refused = SignInRefused(subject=account.id if account else "", reason=reason, method=kind.value)
        record(uow.audit, refused, occasion)
        return advance(signin, uow, journey, occasion, Problem.WRONG)
    method = Method(result.kind.value)
    record(uow.audit, ProofAccepted(subject=account.id, method=method.value), occasion)
    proof = Proof(method, occasion.now, result.authenticator_id)
    kept = uow.journeys.save(replace(journey, account_id=account.id, proofs=(proof,)))
    return Lost() if kept is None else advance(signin, uow, kept, occasion)


def _told(
    uow: UnitOfWork,
    outcome: Outcome,
    requirement: AuthenticationRequirement,
    handle: str,
    binding: bytes,
    occasion: Occasion,
) -> Told:
    if isinstance(outcome, Completed):
        return _welcome(uow, outcome.session_handle or "", requirement, occasion)
    if isinstance(outcome, Lost):
        return NotLetIn(problem=Problem.OVERTAKEN)
    journey = find(uow, handle, binding, occasion)
    account = uow.accounts.get(journey.account_id) if journey and journey.account_id else None
    return _shown(outcome, handle, account)


def _shown(outcome: Show, handle: str, account: Account | None) -> Told:
    problem = outcome.problem or Problem.WRONG
    match outcome.step:
        case AskSecondFactor(kinds, destinations=places) if account is not None:
            typed = tuple(kind for kind in kinds if kind is not FactorKind.PASSKEY)
            if not typed:  # a passkey cannot be typed
                return NotLetIn(account, problem, elsewhere=Need.ENROLMENT)
            shown = tuple(place.shown for place in places)
            return CodeAsked(handle, account, typed, outcome.problem, outcome.until, shown, outcome.sent_to)
        case TurnedAway(reasons):
            return NotLetIn(account, problem, reasons)
        case OnPages(need):
            return NotLetIn(account, problem, elsewhere=need)
        case _:
            elsewhere = Need.PASSWORD if account is not None else None
            return NotLetIn(account, problem, elsewhere=elsewhere)


def _welcome(
    uow: UnitOfWork, session_handle: str, requirement: AuthenticationRequirement, occasion: Occasion
) -> Told:
    living = uow.sessions.living(digest(session_handle), occasion.now)
    found = answer(uow, living, requirement, occasion)
    if living is not None and isinstance(found, Admitted):
        return Welcome(living, found.decision)
    # The account or the policy changed in the very moment: what was proved stays proved, the door stays shut.
    reasons = found.reasons if isinstance(found, AccessDenied) else ()
    return NotLetIn(living.account if living else None, Problem.WRONG, reasons)
