"""The sign-in journey: what a protocol asks at its door, and how a journey begins and ends.

The steps a person takes are in `password_steps.py` and `factor_steps.py`, what comes next in
`domain/steps.py`. Nothing here knows a protocol or a page.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from idp.domain import journey as journeys
from idp.domain.access import Deny, StepUp
from idp.domain.account import Account
from idp.domain.assurance import Method, Proof
from idp.domain.audit import record
from idp.domain.authentication import AuthenticationContext, AuthenticationRequirement
from idp.domain.decisions import decide, keep_decision, keep_refusal
from idp.domain.events import SignedIn
from idp.domain.handles import SessionId, digest, new_handle, new_id, same
from idp.domain.journey import Journey
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.reason import Reason
from idp.domain.return_path import checked_return_path
from idp.domain.session import EndReason, LivingSession, Session, SessionLimits
from idp.domain.sign_out import end_session

_NOTED_EVERY = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The living session is enough: go on with `context`. `decision` names the stored decision."""

    context: AuthenticationContext
    decision: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class NeedsSignIn:
    """Nobody is signed in here, or more has to be proved: `start` a journey, or refuse a silent request."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class AccessDenied:
    """No proof would help."""

    reasons: tuple[Reason, ...]


Answer = Admitted | NeedsSignIn | AccessDenied


def answer(
    uow: UnitOfWork, living: LivingSession | None, requirement: AuthenticationRequirement, occasion: Occasion
) -> Answer:
    """Say whether the living session meets `requirement`; stores the decision where it is final."""
    if living is None:
        return NeedsSignIn((Reason("not_signed_in"),))
    note_use(uow, living, occasion)
    made = decide(uow, living.account, living.session.proofs, requirement, occasion)
    if isinstance(made.decision, StepUp):
        return NeedsSignIn(made.decision.reasons)
    if isinstance(made.decision, Deny) and made.decision.reasons[-1].code == "other_subject":
        return NeedsSignIn(made.decision.reasons)
    if isinstance(made.decision, Deny):
        keep_refusal(uow, made, occasion)
        return AccessDenied(made.decision.reasons)
    decision = keep_decision(uow, made, occasion)
    return Admitted(living.context, decision, made.decision.reasons)


def note_use(uow: UnitOfWork, living: LivingSession, occasion: Occasion) -> None:
    """Keep a session that is used from ending as idle; written at most once in `_NOTED_EVERY`."""
    if occasion.now - living.session.seen_at >= _NOTED_EVERY:
        uow.sessions.touch(living.session.id, occasion.now)


def start(
    uow: UnitOfWork,
    requirement: AuthenticationRequirement,
    return_path: str,
    browser: bytes,
    living: LivingSession | None,
    occasion: Occasion,
) -> str:
    """Begin a journey for this browser and return its handle.

    A living session's account and proofs count from the start, unless the request wants fresh ones or
    another account; then the name is only suggested. Raises ValueError if `return_path` is not a path
    of this server (statement S14).
    """
    reuse = living is not None and requirement.fresh_since is None
    if living is not None and requirement.subject not in (None, living.account.id):
        reuse = False
    handle = new_handle()
    journey = Journey(
        digest=digest(handle),
        browser=browser,
        requirement=requirement,
        return_path=checked_return_path(return_path),
        created_at=occasion.now,
        expires_at=occasion.now + journeys.JOURNEY_LIFETIME,
        session_id=living.session.id if living else None,
    )
    if living is not None and reuse:
        journey = replace(journey, account_id=living.account.id, proofs=living.session.proofs)
    uow.journeys.add(journey)
    return handle


def find(uow: UnitOfWork, handle: str, browser: bytes, occasion: Occasion) -> Journey | None:
    """Return the journey of this handle in this browser, if it is still under way."""
    journey = uow.journeys.get(digest(handle), occasion.now)
    if journey is None or journey.done_at is not None or not same(journey.browser, browser):
        return None
    return journey


def complete(
    uow: UnitOfWork, journey: Journey, account: Account, limits: SessionLimits, occasion: Occasion
) -> str | None:
    """Turn a finished journey into a session with a new handle (S13); None if the journey was overtaken."""
    if uow.journeys.save(replace(journey, done_at=occasion.now, password=b"", recovery_codes=b"")) is None:
        return None
    handle = new_handle()
    held = uow.sessions.get(journey.session_id) if journey.session_id else None
    if held is not None and held.account_id != account.id:
        # Another person now uses this browser: nobody may meet them under the old session (F06).
        end_session(uow, held.id, held.account_id, EndReason.OTHER_ACCOUNT, occasion)
        held = None
    if held is not None and held.ended_at is None:
        session_id = held.id
        proofs = newest(held.proofs + journey.proofs)
        if not uow.sessions.raise_to(session_id, proofs, digest(handle), occasion.now):
            return None
    else:
        session_id = SessionId(new_id())
        proofs = newest(journey.proofs)
        uow.sessions.add(_new_session(session_id, account, proofs, limits, occasion), digest(handle))
    methods = [proof.method.value for proof in journey.proofs]
    application = journey.requirement.application or ""
    record(
        uow.audit,
        SignedIn(subject=account.id, object=session_id, methods=methods, application=application),
        occasion,
    )
    return handle


def newest(proofs: tuple[Proof, ...]) -> tuple[Proof, ...]:
    """Return the newest proof of each method; an activation code proves nothing later on."""
    held = {proof.method: proof for proof in sorted(proofs, key=lambda proof: proof.at)}
    held.pop(Method.ACTIVATION_CODE, None)
    return tuple(held.values())


def _new_session(
    session_id: SessionId,
    account: Account,
    proofs: tuple[Proof, ...],
    limits: SessionLimits,
    occasion: Occasion,
) -> Session:
    return Session(
        id=session_id,
        account_id=account.id,
        proofs=proofs,
        created_at=occasion.now,
        seen_at=occasion.now,
        expires_at=occasion.now + limits.absolute,
        address=str(occasion.address or ""),
        user_agent=occasion.user_agent,
    )
