"""The table `[applications.NAME.oidc]` of a configuration file, and its way into and out of the store.

    [applications.intranet.oidc]
    redirect_uris = ["https://intranet.example.se/callback"]
    client_secret = { env = "INTRANET_SECRET" }

Implements `configuration.ports.ApplicationExtension`. Without `client_id` the application's name is it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from idp.configuration.durations import write_duration
from idp.configuration.table_reader import Problems, TableReader
from idp.domain.errors import ConfigurationError
from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork
from idp.oidc.clients import AuthMethod, Registration
from idp.oidc.registration_rules import (
    jwks_text,
    wrong_with_audience,
    wrong_with_jwks,
    wrong_with_origin,
    wrong_with_redirect_uri,
    wrong_with_secret,
    wrong_with_web_address,
)
from idp.oidc.store.clients import owner_of, read_client, write_client, write_secrets
from idp.oidc.vocabulary import OFFLINE_ACCESS, OPENID, PROTOCOL, SCOPES, SIGNING_ALGORITHMS

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_DEFAULT = Registration(redirect_uris=())


@dataclass(frozen=True, slots=True)
class ClientConfiguration:
    """One client as a file describes it; `key` names its table in problems found later."""

    client_id: str
    registration: Registration
    secret: str | None = field(default=None, repr=False)
    previous_secret: str | None = field(default=None, repr=False)
    key: str = field(default="", compare=False)


class ClientExtension:
    """OpenID Connect's part of an application."""

    protocol = PROTOCOL

    def parse(self, table: Mapping[str, object], key: str) -> ClientConfiguration:
        """Return the checked client; raises ConfigurationError with a line for each wrong key."""
        problems = Problems()
        reader = TableReader(table, key, problems)
        name = key.split(".")[1] if key.count(".") else key
        client_id = reader.text("client_id", name)
        registration = _registration(reader)
        secret, previous = _secret(reader, "client_secret"), _secret(reader, "previous_client_secret")
        if secret and not registration.token_endpoint_auth_method.by_secret:
            problems.add(
                reader.path("client_secret"), "is of no use to a client that authenticates otherwise"
            )
        if previous and not secret:
            problems.add(reader.path("previous_client_secret"), "expected client_secret beside it")
        reader.finish()
        problems.raise_any()
        return ClientConfiguration(client_id, registration, secret, previous, key)

    def read(self, uow: UnitOfWork, application_id: ApplicationId) -> ClientConfiguration | None:
        """Return what is stored, without secrets."""
        client = read_client(uow, application_id)
        return None if client is None else ClientConfiguration(client.client_id, client.registration)

    def write(self, uow: UnitOfWork, application_id: ApplicationId, value: object) -> None:
        """Store a client; a secret that is not given stays as it is."""
        if not isinstance(value, ClientConfiguration):
            raise TypeError("only what parse() returned can be written")
        if owner_of(uow, value.client_id) not in (None, application_id):
            raise ConfigurationError(f"{value.key}.client_id: another application has it already")
        write_client(uow, application_id, value.client_id, value.registration)
        if value.secret is not None:
            write_secrets(uow, application_id, value.secret, value.previous_secret)
        stored = read_client(uow, application_id)
        needs_secret = value.registration.token_endpoint_auth_method.by_secret
        if needs_secret and (stored is None or stored.secret_digest is None):
            raise ConfigurationError(
                f'{value.key}.client_secret: is missing; expected {{ env = "NAME" }} or {{ file = "PATH" }}'
            )

    def dump(self, value: object) -> dict[str, object]:
        """Return the table that `parse` reads as the same client: what is the default is left out."""
        if not isinstance(value, ClientConfiguration):
            raise TypeError("only a client's configuration can be dumped")
        table: dict[str, object] = {"client_id": value.client_id, **_dumped(value.registration)}
        defaults = _dumped(_DEFAULT)
        return {name: one for name, one in table.items() if name not in defaults or defaults[name] != one}


def _registration(reader: TableReader) -> Registration:
    methods = {method.value: method for method in AuthMethod}
    public = reader.boolean("public", default=False)
    default = AuthMethod.NONE if public else AuthMethod.CLIENT_SECRET_BASIC
    method = reader.choice("token_endpoint_auth_method", default, methods)
    if public and method is not AuthMethod.NONE:
        reader.wrong("token_endpoint_auth_method", "none, for a public client keeps no secret")
    public = method is AuthMethod.NONE

    def redirect(uri: str) -> str:
        return wrong_with_redirect_uri(uri, public=public)

    redirect_uris = _checked(reader, "redirect_uris", redirect)
    if not redirect_uris:
        reader.problems.add(reader.path("redirect_uris"), "is missing; expected at least one URL")
    logout = reader.text("backchannel_logout_uri", "")
    if logout and (expected := wrong_with_web_address(logout)):
        reader.wrong("backchannel_logout_uri", expected)
    exempt = reader.boolean("pkce_exempt", default=False)
    if exempt and public:
        reader.wrong("pkce_exempt", "false: a public client is never exempt from PKCE")
    return Registration(
        redirect_uris=redirect_uris,
        token_endpoint_auth_method=method,
        post_logout_redirect_uris=_checked(reader, "post_logout_redirect_uris", redirect),
        backchannel_logout_uri=logout,
        jwks=_jwks(reader, method),
        id_token_signed_response_alg=reader.choice(
            "id_token_signed_response_alg", "ES256", {one: one for one in SIGNING_ALGORITHMS}
        ),
        scope=_scopes(reader),
        first_party=reader.boolean("first_party", default=False),
        pkce_exempt=exempt,
        access_token_lifetime=reader.duration(
            "access_token_lifetime", _DEFAULT.access_token_lifetime, least=_MINUTE, most=_HOUR
        ),
        refresh_lifetime=_refresh(reader),
        resources=_checked(reader, "resources", wrong_with_audience),
        audiences=_checked(reader, "audiences", wrong_with_audience),
        web_origins=_checked(reader, "web_origins", wrong_with_origin),
    )


def _checked(reader: TableReader, name: str, wrong_with: Callable[[str], str]) -> tuple[str, ...]:
    values = reader.texts(name)
    for value in values:
        if expected := wrong_with(value):
            reader.problems.add(reader.path(name), f"expected {expected}, found {value!r:.200}")
    return values


def _scopes(reader: TableReader) -> tuple[str, ...]:
    scopes = reader.texts("scopes") or _DEFAULT.scope
    for one in scopes:
        if one not in SCOPES:
            reader.problems.add(reader.path("scopes"), f"expected some of {', '.join(SCOPES)}, found {one!r}")
    # In one order, so that a file's own order is no difference.
    return tuple(one for one in SCOPES if one in scopes or one == OPENID)


def _refresh(reader: TableReader) -> timedelta | None:
    if not reader.has("refresh_lifetime"):
        if OFFLINE_ACCESS in reader.texts("scopes"):
            reader.problems.add(
                reader.path("refresh_lifetime"), f"is missing; expected a duration beside {OFFLINE_ACCESS}"
            )
        return None
    return reader.duration("refresh_lifetime", _DAY, least=_HOUR, most=365 * _DAY)


def _jwks(reader: TableReader, method: AuthMethod) -> str:
    jwks = reader.raw("jwks")
    if method is not AuthMethod.PRIVATE_KEY_JWT:
        if jwks is not None:
            reader.problems.add(
                reader.path("jwks"), "is for token_endpoint_auth_method = private_key_jwt only"
            )
        return ""
    if not isinstance(jwks, Mapping):
        reader.problems.add(
            reader.path("jwks"), "is missing; expected the client's public keys, { keys = [ … ] }"
        )
        return ""
    if expected := wrong_with_jwks(jwks):
        reader.problems.add(reader.path("jwks"), f"expected {expected}")
        return ""
    return jwks_text(jwks)


def _secret(reader: TableReader, name: str) -> str | None:
    """Return a secret; its value is never part of a problem's text."""
    value = reader.raw(name)
    if value is None:
        return None
    expected = wrong_with_secret(value) if isinstance(value, str) else "text"
    if expected:
        reader.problems.add(reader.path(name), f"expected {expected}")
        return None
    return str(value)


def _dumped(registration: Registration) -> dict[str, object]:
    refresh = registration.refresh_lifetime
    return {
        "redirect_uris": list(registration.redirect_uris),
        "post_logout_redirect_uris": list(registration.post_logout_redirect_uris),
        "backchannel_logout_uri": registration.backchannel_logout_uri,
        "token_endpoint_auth_method": registration.token_endpoint_auth_method.value,
        "jwks": json.loads(registration.jwks) if registration.jwks else None,
        "id_token_signed_response_alg": registration.id_token_signed_response_alg,
        "scopes": list(registration.scope),
        "first_party": registration.first_party,
        "pkce_exempt": registration.pkce_exempt,
        "access_token_lifetime": write_duration(registration.access_token_lifetime),
        "refresh_lifetime": write_duration(refresh) if refresh is not None else None,
        "resources": list(registration.resources),
        "audiences": list(registration.audiences),
        "web_origins": list(registration.web_origins),
    }
