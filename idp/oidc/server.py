"""Authlib's authorization server, one for each request: our clients, our rows, one unit of work.

Authlib knows the grants' steps (RFC 6749 §4.1.3, §6); what is spent, stored and told is ours. It is made
anew for each request because it asks for clients by id alone: this way the unit of work needs no place
of its own in a thread.
"""
# mypy: disable-error-code="no-untyped-call,misc"
# Authlib has no annotations: its classes are untyped bases and its methods untyped calls.

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from idp.domain.audit import record
from idp.domain.events import TokensIssued
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import Participant
from idp.oidc.client_authentication import authenticate
from idp.oidc.clients import AuthMethod, Client
from idp.oidc.errors import ProtocolRefusal, Refused
from idp.oidc.grants import StandingGrant
from idp.oidc.provider import Provider
from idp.oidc.store import OidcStore
from idp.oidc.tokens import Mint, rows_of
from idp.oidc.vocabulary import PROTOCOL

# Authlib writes tokens to its debug log ("Issue token …"): never, whatever the root logger says (K4).
logging.getLogger("authlib").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class FormPost:
    """A form that a client posted to one of the endpoints, and its Authorization header."""

    url: str
    fields: Mapping[str, str] = field(repr=False)
    authorization: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answers; `refused` and `client` are for the audit log."""

    status: int
    body: Mapping[str, object] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    client: str = ""


class FormRequest(OAuth2Request):
    """A posted form as Authlib reads it; nothing is ever taken from the query."""

    # Authlib fills these in as it goes along.
    payload: Any
    client: Any
    auth_method: Any
    user: Any

    def __init__(self, post: FormPost) -> None:
        super().__init__("POST", post.url)
        self.payload = BasicOAuth2Payload(dict(post.fields))
        self.authorization = post.authorization

    @property
    def form(self) -> Mapping[str, str]:
        fields: Mapping[str, str] = self.payload.data
        return fields


class OidcServer(AuthorizationServer):
    """One request's server."""

    def __init__(self, provider: Provider, uow: UnitOfWork, occasion: Occasion) -> None:
        super().__init__()
        self.provider = provider
        self.uow = uow
        self.occasion = occasion
        self.store = OidcStore.of(uow)
        self.register_token_generator("default", Mint(occasion.now))

    def query_client(self, client_id: str) -> Client | None:
        found = self.provider.clients.find(self.uow, client_id)
        return None if found is None else found.client

    def authenticate_client(
        self, request: FormRequest, methods: list[str], endpoint: str = "token"
    ) -> Client:
        """Authenticate by our own rules: Authlib tries one method after the other until one fits (O6)."""
        del endpoint
        allowed = [AuthMethod(method) for method in methods]
        client = authenticate(
            self.provider, self.uow, request.form, request.authorization, allowed, self.occasion
        )
        request.client = client
        request.auth_method = client.registration.token_endpoint_auth_method.value
        return client

    def get_token_grant(self, request: FormRequest) -> Any:
        for grant, extensions in self._token_grants:
            if grant.check_token_endpoint(request):
                made = grant(request, self)
                for extension in extensions or ():
                    extension(made)
                return made
        return _UnknownGrant()

    def save_token(self, token: Mapping[str, Any], request: FormRequest) -> None:
        """Store digests of what is about to be answered, and the record of it."""
        context: StandingGrant = request.user
        grant = context.grant
        self.store.tokens.add(rows_of(token, grant, self.occasion.now))
        grant_type = request.payload.grant_type
        if grant_type == "authorization_code":
            self.uow.sessions.join(
                Participant(grant.session_id, grant.application_id, PROTOCOL, self.occasion.now)
            )
        issued = TokensIssued(
            subject=grant.account_id, object=grant.client_id, grant=grant_type, family=grant.id
        )
        record(self.uow.audit, issued, self.occasion)

    def create_oauth2_request(self, request: FormPost | FormRequest) -> FormRequest:
        return request if isinstance(request, FormRequest) else FormRequest(request)

    def create_json_request(self, request: object) -> Any:
        del request
        raise TypeError("no endpoint takes JSON")

    def handle_response(
        self, status: int, body: Mapping[str, object], headers: list[tuple[str, str]]
    ) -> Answer:
        return Answer(status, body, dict(headers))

    def handle_error_response(self, request: FormRequest, error: OAuth2Error) -> Answer:
        status, body, headers = error()
        reason = error.audit_reason if isinstance(error, ProtocolRefusal) else str(error.error)
        client = request.client.client_id if request.client else ""
        answered = dict(headers)
        if error.error == "invalid_client":
            answered["WWW-Authenticate"] = 'Basic realm="oauth2"'  # RFC 6749 §5.2
        return Answer(status, dict(body), answered, reason, client)

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens: what has to happen is called."""


class _UnknownGrant:
    """What a `grant_type` that is not ours leads to; implicit and password grants do not exist (O16)."""

    def validate_token_request(self) -> None:
        raise ProtocolRefusal(Refused.GRANT_TYPE)
