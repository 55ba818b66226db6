"""The authorization endpoint's use cases: begin, go on after a sign-in, take a consent.

Each is one unit of work. It turns a request into the waist's requirement, asks `signin.answer`, and
turns its answer into a code or an error; it knows no way to prove anything.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.domain import signin
from idp.domain.application import Application
from idp.domain.assurance import fresh
from idp.domain.audit import record
from idp.domain.authentication import AuthenticationContext, AuthenticationRequirement
from idp.domain.events import ConsentGiven
from idp.domain.handles import AccountId, digest, new_handle
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import LivingSession
from idp.oidc.clients import Client
from idp.oidc.codes import issue_code
from idp.oidc.errors import Refused
from idp.oidc.outcomes import (
    AskConsent,
    Deliver,
    GoOn,
    GoToSignIn,
    Outcome,
    ShowRefusal,
    TurnAway,
    deliver,
    refusal,
)
from idp.oidc.provider import CONTINUE_PATH, Provider
from idp.oidc.request import AuthorizationRequest, Pairs, parse, prove
from idp.oidc.requirement import requirement_of, subject_of
from idp.oidc.store import OidcStore
from idp.oidc.store.requests import PendingRequest

REQUEST_LIFETIME = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser that asks: digests of its session cookie, if it has one, and of its browser cookie."""

    session: bytes | None
    browser: bytes


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One step of one request: what is known while a unit of work lasts."""

    provider: Provider
    uow: UnitOfWork
    visitor: Visitor
    occasion: Occasion
    request: AuthorizationRequest
    #: The handle of the stored request; "" while it is not stored.
    handle: str = ""
    consented_by: AccountId | None = None

    @property
    def store(self) -> OidcStore:
        return OidcStore.of(self.uow)


def begin(provider: Provider, pairs: Pairs, visitor: Visitor, occasion: Occasion) -> Outcome:
    """Take a request as it comes in."""
    with provider.database.write(brief=True) as uow:
        parsed = _parsed(provider, uow, pairs, occasion.now)
        if not isinstance(parsed, AuthorizationRequest):
            return parsed
        return _decide(_Attempt(provider, uow, visitor, occasion, parsed))


def resume(provider: Provider, handle: str, visitor: Visitor, occasion: Occasion) -> Outcome:
    """Go on with a request that waited, in the browser that sent it."""
    return _resume(provider, handle, visitor, occasion, None)


def take_consent(
    provider: Provider, handle: str, visitor: Visitor, account: str, *, allowed: bool, occasion: Occasion
) -> Outcome:
    """Take the answer to a consent page; it counts for the account that the page was shown to."""
    if not allowed:
        return _decline(provider, handle, visitor, occasion)
    return _resume(provider, handle, visitor, occasion, AccountId(account))


def _resume(
    provider: Provider, handle: str, visitor: Visitor, occasion: Occasion, consented_by: AccountId | None
) -> Outcome:
    with provider.database.write(brief=True) as uow:
        waiting = _waiting(provider, uow, handle, visitor, occasion)
        if not isinstance(waiting, AuthorizationRequest):
            return waiting
        return _decide(_Attempt(provider, uow, visitor, occasion, waiting, handle, consented_by))


def _decline(provider: Provider, handle: str, visitor: Visitor, occasion: Occasion) -> Outcome:
    with provider.database.write(brief=True) as uow:
        waiting = _waiting(provider, uow, handle, visitor, occasion)
        if not isinstance(waiting, AuthorizationRequest):
            return waiting
        if not OidcStore.of(uow).requests.claim(digest(handle), occasion.now):
            return ShowRefusal(Refused.LOST_REQUEST)
        return refusal(provider, waiting.to, Refused.CONSENT_DENIED)


def _waiting(
    provider: Provider, uow: UnitOfWork, handle: str, visitor: Visitor, occasion: Occasion
) -> AuthorizationRequest | Deliver | ShowRefusal:
    """Return the request of this browser, checked again: what is registered may have changed (O14)."""
    pending = OidcStore.of(uow).requests.get(digest(handle), visitor.browser, occasion.now)
    if pending is None:
        return ShowRefusal(Refused.LOST_REQUEST)
    return _parsed(provider, uow, tuple(pending.parameters.items()), pending.received_at)


def _parsed(
    provider: Provider, uow: UnitOfWork, pairs: Pairs, received_at: datetime
) -> AuthorizationRequest | Deliver | ShowRefusal:
    def find(client_id: str) -> tuple[Client, Application] | None:
        found = provider.clients.find(uow, client_id)
        return None if found is None else (found.client, found.application)

    proven = prove(pairs, find)
    if isinstance(proven, Refused):
        return ShowRefusal(proven)
    request = parse(pairs, proven, received_at)
    return refusal(provider, proven, request) if isinstance(request, Refused) else request


def _decide(attempt: _Attempt) -> Outcome:
    request, provider = attempt.request, attempt.provider
    subject = subject_of(provider, request)
    if isinstance(subject, Refused):
        return refusal(provider, request.to, subject)
    living = _living(attempt)
    requirement = requirement_of(request, subject)
    answer = signin.answer(attempt.uow, living, requirement, attempt.occasion)
    match answer:
        case signin.NeedsSignIn():
            return _sign_in(attempt, answer, living, requirement)
        case signin.AccessDenied():
            back = refusal(provider, request.to, Refused.ACCESS_DENIED)
            return back if request.silent else TurnAway(answer.reasons, back)
        case signin.Admitted():
            return _admitted(attempt, answer.context, requirement)


def _living(attempt: _Attempt) -> LivingSession | None:
    if attempt.visitor.session is None:
        return None
    return attempt.uow.sessions.living(attempt.visitor.session, attempt.occasion.now)


def _sign_in(
    attempt: _Attempt,
    answer: signin.NeedsSignIn,
    living: LivingSession | None,
    requirement: AuthenticationRequirement,
) -> Outcome:
    request = attempt.request
    other_person = answer.reasons[-1].code == "other_subject"
    # After a sign-in that it asked for, another person is an answer and not a reason to ask again (Core §3.1.2.1).
    if other_person and (request.silent or attempt.handle):
        return refusal(attempt.provider, request.to, Refused.SUBJECT)
    if request.silent:
        absent = living is None or answer.reasons[-1].code == "too_old"
        refused = Refused.NOT_SIGNED_IN if absent else Refused.MORE_PROOF_NEEDED
        return refusal(attempt.provider, request.to, refused)
    handle = attempt.handle or _keep(attempt)
    journey = signin.start(
        attempt.uow, requirement, continue_path(handle), attempt.visitor.browser, living, attempt.occasion
    )
    return GoToSignIn(journey)


def continue_path(handle: str) -> str:
    """Return the local path where the request with this handle goes on."""
    return f"{CONTINUE_PATH}?request={handle}"


def _keep(attempt: _Attempt) -> str:
    handle, now = new_handle(), attempt.occasion.now
    attempt.store.requests.add(
        PendingRequest(
            digest=digest(handle),
            browser=attempt.visitor.browser,
            parameters=attempt.request.parameters,
            received_at=now,
            expires_at=now + REQUEST_LIFETIME,
        )
    )
    return handle


def _admitted(
    attempt: _Attempt, context: AuthenticationContext, requirement: AuthenticationRequirement
) -> Outcome:
    request = attempt.request
    if _wants_consent(attempt, context) and attempt.consented_by != context.account_id:
        if request.silent:
            return refusal(attempt.provider, request.to, Refused.CONSENT_MISSING)
        if not attempt.handle:
            return GoOn(_keep(attempt))
        return AskConsent(attempt.handle, request.to, request.scope, context.account_id)
    if attempt.handle and not attempt.store.requests.claim(digest(attempt.handle), attempt.occasion.now):
        return ShowRefusal(Refused.LOST_REQUEST)
    if attempt.consented_by == context.account_id:
        _keep_consent(attempt, context)
    # Where freshness was asked for, only what is fresh is told: an old code with a new password is one factor.
    proofs = context.proofs
    if requirement.fresh_since is not None:
        proofs = fresh(proofs, requirement.fresh_since)
    code = issue_code(
        attempt.provider, attempt.uow, request, replace(context, proofs=proofs), attempt.occasion
    )
    return deliver(attempt.provider, request.to, [("code", code)])


def _wants_consent(attempt: _Attempt, context: AuthenticationContext) -> bool:
    request = attempt.request
    client = request.to.client
    if "consent" in request.prompt:
        return True
    if not client.proved_by(request.to.redirect_uri):
        return True  # statement O19: anybody on the device could have sent this
    if client.registration.first_party:
        return False
    return not set(request.scope) <= attempt.store.consents.given(context.account_id, client.application_id)


def _keep_consent(attempt: _Attempt, context: AuthenticationContext) -> None:
    client, scope = attempt.request.to.client, frozenset(attempt.request.scope)
    consents = attempt.store.consents
    held = consents.given(context.account_id, client.application_id)
    consents.give(context.account_id, client.application_id, held | scope, attempt.occasion.now)
    given = ConsentGiven(subject=context.account_id, object=client.application_id, scope=sorted(scope))
    record(attempt.uow.audit, given, attempt.occasion)
