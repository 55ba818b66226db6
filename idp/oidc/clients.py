"""Relying parties: what an administrator registered of each, in RFC 7591's words, and what follows from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from idp.domain.handles import ApplicationId, digest, same
from idp.oidc.vocabulary import OPENID

_LOOPBACK_ADDRESSES = ("127.0.0.1", "::1")


class AuthMethod(StrEnum):
    """How a client proves itself (RFC 7591 §2, `token_endpoint_auth_method`)."""

    NONE = "none"
    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 - a method's name
    CLIENT_SECRET_POST = "client_secret_post"  # noqa: S105 - a method's name
    PRIVATE_KEY_JWT = "private_key_jwt"

    @property
    def by_secret(self) -> bool:
        """Whether the method needs a shared secret."""
        return self in (AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST)


@dataclass(frozen=True, slots=True)
class Registration:
    """A client's metadata.

    Attributes:
        jwks: the public keys of `private_key_jwt`, a JWK Set as JSON text; "" for none.
        scope: what it may ask for; the rest of a request is left out of the answer.
        first_party: an administrator answers for it, nobody is asked for consent.
        pkce_exempt: may leave PKCE out; only for a confidential client, by an administrator's decision.
        refresh_lifetime: how long a family of refresh tokens may live in all; None gives none.
        resources: audiences that it may ask access tokens for (RFC 8707), besides our own userinfo.
        audiences: what it is itself as a protected resource; it may introspect tokens for these.
        web_origins: browsers' origins that may call the token endpoint across sites.
    """

    redirect_uris: tuple[str, ...]
    token_endpoint_auth_method: AuthMethod = AuthMethod.CLIENT_SECRET_BASIC
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    jwks: str = ""
    id_token_signed_response_alg: str = "ES256"  # noqa: S105 - an algorithm
    scope: tuple[str, ...] = (OPENID,)
    first_party: bool = False
    pkce_exempt: bool = False
    access_token_lifetime: timedelta = timedelta(minutes=10)
    refresh_lifetime: timedelta | None = None
    resources: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    web_origins: tuple[str, ...] = ()

    @property
    def public(self) -> bool:
        """Whether the client can keep no secret (RFC 6749 §2.1)."""
        return self.token_endpoint_auth_method is AuthMethod.NONE


@dataclass(frozen=True, slots=True)
class Client:
    """One relying party. Secrets are random and long, so that a plain digest of them is enough.

    Two are good while a secret is being replaced.
    """

    application_id: ApplicationId
    client_id: str
    registration: Registration
    secret_digest: bytes | None = field(default=None, repr=False)
    previous_secret_digest: bytes | None = field(default=None, repr=False)

    def has_secret(self, secret: str) -> bool:
        """Whether `secret` is one of the client's."""
        given = digest(secret)
        current = self.secret_digest is not None and same(self.secret_digest, given)
        previous = self.previous_secret_digest is not None and same(self.previous_secret_digest, given)
        return current or previous

    def accepts_redirect_uri(self, uri: str) -> bool:
        """Whether `uri` is registered: an exact match (RFC 9700 §2.1), but for a native application's port."""
        if uri in self.registration.redirect_uris:
            return True
        return self.registration.public and any(
            _same_but_port(uri, registered) for registered in self.registration.redirect_uris
        )

    def proved_by(self, redirect_uri: str) -> bool:
        """Whether only this client can receive at `redirect_uri`: not so for a public client's own scheme or loopback.

        RFC 8252 §8.6 and §8.7: any program on the device may take such an address, so that consent is asked
        each time (statement O19).
        """
        parts = urlsplit(redirect_uri)
        return not self.registration.public or (
            parts.scheme == "https" and not is_loopback(parts.hostname or "")
        )

    def check_grant_type(self, grant_type: str) -> bool:
        """Say to Authlib's grants whether the client may use `grant_type`."""
        if grant_type == "refresh_token":
            return self.registration.refresh_lifetime is not None
        return grant_type == "authorization_code"


def is_loopback(host: str) -> bool:
    """Whether a host of a URL names this machine."""
    return host in ("localhost", "::1") or host.startswith("127.")


def _same_but_port(uri: str, registered: str) -> bool:
    """RFC 8252 §7.3: the port of a loopback address is chosen when the application starts."""
    try:
        given, known = urlsplit(uri), urlsplit(registered)
        given_port = given.port
    except ValueError:
        return False
    if known.scheme != "http" or known.hostname not in _LOOPBACK_ADDRESSES or given_port is None:
        return False
    host = f"[{known.hostname}]" if ":" in known.hostname else known.hostname
    # Rebuilt from the registered parts and compared as text: no other spelling can slip in.
    query = f"?{known.query}" if known.query else ""
    return uri == f"http://{host}:{given_port}{known.path}{query}"


def registration_to_json(registration: Registration) -> dict[str, Any]:
    """Return a registration as stored."""
    refresh = registration.refresh_lifetime
    return {
        "redirect_uris": list(registration.redirect_uris),
        "token_endpoint_auth_method": registration.token_endpoint_auth_method.value,
        "post_logout_redirect_uris": list(registration.post_logout_redirect_uris),
        "backchannel_logout_uri": registration.backchannel_logout_uri,
        "jwks": json.loads(registration.jwks) if registration.jwks else None,
        "id_token_signed_response_alg": registration.id_token_signed_response_alg,
        "scope": list(registration.scope),
        "first_party": registration.first_party,
        "pkce_exempt": registration.pkce_exempt,
        "access_token_lifetime": int(registration.access_token_lifetime.total_seconds()),
        "refresh_lifetime": int(refresh.total_seconds()) if refresh is not None else None,
        "resources": list(registration.resources),
        "audiences": list(registration.audiences),
        "web_origins": list(registration.web_origins),
    }


def registration_from_json(value: Mapping[str, Any]) -> Registration:
    """Return the registration of `registration_to_json`."""
    refresh = value["refresh_lifetime"]
    return Registration(
        redirect_uris=tuple(value["redirect_uris"]),
        token_endpoint_auth_method=AuthMethod(value["token_endpoint_auth_method"]),
        post_logout_redirect_uris=tuple(value["post_logout_redirect_uris"]),
        backchannel_logout_uri=value["backchannel_logout_uri"],
        jwks=json.dumps(value["jwks"], sort_keys=True, separators=(",", ":")) if value["jwks"] else "",
        id_token_signed_response_alg=value["id_token_signed_response_alg"],
        scope=tuple(value["scope"]),
        first_party=value["first_party"],
        pkce_exempt=value["pkce_exempt"],
        access_token_lifetime=timedelta(seconds=value["access_token_lifetime"]),
        refresh_lifetime=timedelta(seconds=refresh) if refresh is not None else None,
        resources=tuple(value["resources"]),
        audiences=tuple(value["audiences"]),
        web_origins=tuple(value["web_origins"]),
    )
