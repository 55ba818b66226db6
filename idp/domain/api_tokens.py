"""Tokens of the API: what each reaches and is for, and the use cases that make, find and withdraw them.

A token never holds more than whoever made it holds at this moment: a role that is taken, an account that is
disabled, takes its tokens along. Only the digest of a token is stored.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.domain.account import AccountState
from idp.domain.administration import Done, done, no
from idp.domain.appointments import allowed, printable, shown
from idp.domain.audit import record
from idp.domain.events import ApiTokenIssued, ApiTokenRevoked
from idp.domain.handles import AccountId, digest, new_handle, new_id
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import (
    SERVER,
    Act,
    Doer,
    Organisation,
    Place,
    Reach,
    Refused,
    Scope,
    System,
    Target,
    unit_scope,
)
from idp.domain.roles.acts import HOLDS

LONGEST_LIFETIME = timedelta(days=366)
PREFIX = "pva_"
#: What no token is for: tokens do not make tokens, nor appoint anybody.
NEVER_BY_TOKEN = frozenset({Act.ISSUE_API_TOKEN, Act.GIVE_ROLE, Act.TAKE_ROLE, Act.WEED_AUDIT})


@dataclass(frozen=True, slots=True)
class ApiToken:
    """One token; `maker` is None if a command made it."""

    id: str
    name: str
    maker: AccountId | None
    scope: Scope
    acts: frozenset[Act]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token with its text, which is shown once."""

    token: ApiToken
    text: str


def issue(
    uow: UnitOfWork,
    doer: Doer,
    name: str,
    scope: Scope,
    acts: Collection[Act],
    lifetime: timedelta,
    occasion: Occasion,
) -> IssuedToken | Refused:
    """Make a token for just these acts over just this scope."""
    called, reached = printable(name), _target(uow, scope)
    if reached is None:
        return no("unknown_scope")
    if not called or not acts:
        return no("no_reason")
    if not timedelta(0) < lifetime <= LONGEST_LIFETIME:
        return no("expiry")
    refused = allowed(uow, doer, Act.ISSUE_API_TOKEN, reached, f"token {shown(scope)}", occasion)
    if refused is not None:
        return refused
    if not all(_holds(doer, act, reached.scopes[0], occasion.now) for act in acts):
        return no("not_yours_to_give")
    token = ApiToken(
        new_id(), called, doer.account, scope, frozenset(acts), occasion.now, occasion.now + lifetime
    )
    text = PREFIX + new_handle()
    uow.api_tokens.add(token, digest(text))
    record(
        uow.audit,
        ApiTokenIssued(
            object=token.id,
            reason=called,
            scope=shown(scope),
            acts=sorted(act.value for act in acts),
            ends=token.expires_at.isoformat(),
        ),
        occasion,
    )
    return IssuedToken(token, text)


def revoke(uow: UnitOfWork, doer: Doer, token_id: str, reason: str, occasion: Occasion) -> Done | Refused:
    """Withdraw a token: whoever could make it may."""
    token, why = uow.api_tokens.get(token_id), printable(reason)
    reached = _target(uow, token.scope) if token else None
    if token is None or reached is None:
        return no("unknown")
    refused = allowed(uow, doer, Act.ISSUE_API_TOKEN, reached, f"token {token_id}", occasion)
    if refused is not None or not why:
        return refused or no("no_reason")
    changed = uow.api_tokens.revoke(token_id, occasion.now)
    if changed:
        record(uow.audit, ApiTokenRevoked(object=token_id, reason=why), occasion)
    return done(changed)


def bearer(uow: UnitOfWork, text: str, now: datetime) -> tuple[ApiToken, Doer] | None:
    """Return the token and who acts with it; None if it opens nothing now, whatever the cause."""
    token = uow.api_tokens.by_digest(digest(text)) if text.startswith(PREFIX) else None
    if token is None or token.revoked_at is not None or token.expires_at <= now:
        return None
    within = token.scope
    if within.reach is Reach.UNIT:
        place = uow.roles.place(within.key)
        if place is None:
            return None
        within = unit_scope(place.code, place.above)
    if token.maker is None:
        return token, replace(SERVER, within=within, acts=token.acts)
    maker = uow.accounts.get(token.maker)
    if maker is None or maker.state is not AccountState.ACTIVE:
        return None
    grants = uow.roles.of_account(maker.id)
    return token, Doer(grants, maker.person_id, within, token.acts, maker.id)


def _holds(doer: Doer, act: Act, scope: Scope, now: datetime) -> bool:
    if act in NEVER_BY_TOKEN or (doer.acts is not None and act not in doer.acts):
        return False
    return any(
        grant.holds_at(now) and act in HOLDS[grant.role] and grant.scope.covers(scope)
        for grant in doer.grants
    )


def _target(uow: UnitOfWork, scope: Scope) -> Target | None:
    match scope.reach:
        case Reach.ORGANISATION:
            return Organisation()
        case Reach.UNIT:
            place = uow.roles.place(scope.key)
            return Place(place.code, place.above) if place else None
        case Reach.APPLICATION:
            found = [one for one in uow.catalogue.applications if one == scope.key]
            return System(found[0]) if found else None
