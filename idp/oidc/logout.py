"""RP-initiated logout 1.0: a client sends its person here to be signed out everywhere.

A valid `id_token_hint` of the session is confirmation enough; anything else is asked about first (statement O18).
"""

from collections.abc import Callable
from dataclasses import dataclass

from idp.domain.handles import SessionId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import EndReason, LivingSession
from idp.domain.sign_out import end_session, sign_out
from idp.oidc.clients import Client
from idp.oidc.delivery import with_query
from idp.oidc.errors import Refused
from idp.oidc.hints import IdTokenHint, read_hint
from idp.oidc.outcomes import ShowRefusal
from idp.oidc.provider import Provider
from idp.oidc.request import Pairs

PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales")
_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """A checked request: `location` is where to go afterwards, "" is our own page."""

    hint: IdTokenHint | None
    client: Client | None
    location: str


@dataclass(frozen=True, slots=True)
class AskConfirmation:
    """Ask the person first; `fields` are the request's own and come back with the answer."""

    fields: tuple[tuple[str, str], ...]
    location: str


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Done; take the session cookie away and go to `location`, or show our page.

    With `goes_on` it is no address of the client's: the browser tells other systems first, or our page says how far
    it is.
    """

    location: str
    goes_on: bool = False


LogoutOutcome = AskConfirmation | SignedOut | ShowRefusal


def log_out(
    provider: Provider,
    pairs: Pairs,
    session: bytes | None,
    occasion: Occasion,
    own_page: Callable[[SessionId], str],
    *,
    confirmed: bool = False,
) -> LogoutOutcome:
    """Sign out, or say what has to be asked first; `own_page` is where one sees how far it is."""
    with provider.database.write() as uow:
        request = parse_logout(provider, uow, pairs)
        if isinstance(request, Refused):
            return ShowRefusal(request)
        living = uow.sessions.living(session, occasion.now) if session else None
        if living is not None and not confirmed and not _names(request.hint, living):
            kept = tuple((name, value) for name, value in pairs if name in PARAMETERS)
            return AskConfirmation(kept, request.location)
        location = request.location
        if living is not None:
            sign_out(uow, living, occasion)
            then = location or own_page(living.session.id)
            location = provider.farewell(uow, living.session.id, then, occasion)
        elif request.hint is not None:
            # The browser sent no cookie along (a form from another site), but the token names its session.
            hint = request.hint
            end_session(uow, hint.session_id, hint.account_id, EndReason.SIGNED_OUT, occasion)
        return SignedOut(location, goes_on=location != request.location)


def _names(hint: IdTokenHint | None, living: LivingSession) -> bool:
    """Whether the hint is about this very session; an older one of the same person says too little."""
    return hint is not None and (hint.session_id, hint.account_id) == (living.session.id, living.account.id)


def parse_logout(provider: Provider, uow: UnitOfWork, pairs: Pairs) -> LogoutRequest | Refused:
    """Return the checked request. A hint that is not ours counts as none."""
    values = dict(pairs)
    if len(values) != len(pairs):
        return Refused.DUPLICATE_PARAMETER
    if any(len(value) > _LONGEST for value in values.values()):
        return Refused.TOO_LONG
    token = values.get("id_token_hint", "")
    hint = read_hint(provider, token) if token else None
    client_id = values.get("client_id") or (hint.client_id if hint else "")
    if hint is not None and hint.client_id != client_id:
        return Refused.UNKNOWN_CLIENT  # §2: both have to name the same client
    found = provider.clients.find(uow, client_id) if client_id else None
    client = found.client if found else None
    return LogoutRequest(hint, client, _location(client, values))


def _location(client: Client | None, values: dict[str, str]) -> str:
    """Return where to go afterwards: only to an address registered letter for letter (§3)."""
    wanted = values.get("post_logout_redirect_uri", "")
    if client is None or wanted not in client.registration.post_logout_redirect_uris:
        return ""
    state = values.get("state", "")
    return with_query(wanted, (("state", state),) if state else ())
