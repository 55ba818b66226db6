"""The provider as this relying party sees it: Authlib's client, the keys, logout tokens.

Owns the trust in the provider: the `iss` of an answer (RFC 9207), keys fetched anew when one is
unknown, and the validation of logout tokens. Knows nothing of pages.
"""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authlib.integrations.starlette_client import OAuth, OAuthError
from joserfc.jwk import KeySet
from starlette.requests import Request
from starlette.responses import Response

from deploy.demonstration.eservice.logout_token import LogoutToken, UnknownKeyError, validate
from deploy.demonstration.eservice.settings import EserviceSettings

SCOPE = "openid profile email unit"
# A token that names an unknown key makes us fetch the keys, but not as often as somebody likes.
SECONDS_BETWEEN_FETCHES = 5.0


class SignInRefusedError(Exception):
    """The provider's answer was an error, or is not to be trusted; the text is for the log."""


class Provider:
    """Portvakt, seen from here."""

    def __init__(self, settings: EserviceSettings) -> None:
        self._settings = settings
        self._fetched = 0.0
        oauth: Any = OAuth()  # type: ignore[no-untyped-call]  # Authlib's clients have no types
        oauth.register(
            "portvakt",
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
            # PKCE with S256 (RFC 7636 §4.2): Authlib then makes verifier, challenge, state and nonce.
            client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
        )
        self._client: Any = oauth.create_client("portvakt")

    async def send_to_sign_in(self, request: Request, language: str) -> Response:
        response: Response = await self._client.authorize_redirect(
            request, self._settings.redirect_uri, ui_locales=language
        )
        return response

    async def receive_answer(self, request: Request) -> tuple[Mapping[str, object], str]:
        """Exchange the code; return the ID token's claims and the ID token itself."""
        # RFC 9207 §2.4: an answer from another issuer is a mix-up attack.
        issuer = request.query_params.get("iss")
        metadata = await self._client.load_server_metadata()
        required = metadata.get("authorization_response_iss_parameter_supported") is True
        if issuer != self._settings.issuer and (issuer is not None or required):
            raise SignInRefusedError("the answer names another issuer")
        try:
            tokens = await self._client.authorize_access_token(request)
        except OAuthError as error:
            raise SignInRefusedError(f"{error.error}: {error.description}") from error
        except ValueError as error:
            raise SignInRefusedError(str(error)) from error
        claims = tokens.get("userinfo")
        if not claims:
            raise SignInRefusedError("the answer holds no ID token")
        # OpenID Connect Core §5.4: with a code, the claims of a scope are at the userinfo endpoint.
        about = await self._client.userinfo(token=tokens)
        if about.get("sub") != claims["sub"]:
            raise SignInRefusedError("userinfo is about somebody else")  # Core §5.3.2
        return {**about, **claims}, str(tokens["id_token"])

    async def sign_out_address(self, id_token: str | None) -> str | None:
        """Where to send the browser to sign out at the provider (RP-Initiated Logout 1.0 §2)."""
        metadata = await self._client.load_server_metadata()
        if not metadata.get("end_session_endpoint"):
            return None
        made = await self._client.create_logout_url(
            post_logout_redirect_uri=self._settings.signed_out_uri,
            id_token_hint=id_token,
            client_id=self._settings.client_id,
        )
        return str(made["url"])

    async def validate_logout_token(self, token: str, now: datetime) -> LogoutToken:
        """Raise LogoutTokenError unless the token is valid; keys are fetched again for an unknown one."""
        try:
            return self._validate(token, await self._keys(anew=False), now)
        except UnknownKeyError:
            if time.monotonic() - self._fetched < SECONDS_BETWEEN_FETCHES:
                raise
            return self._validate(token, await self._keys(anew=True), now)

    async def _keys(self, *, anew: bool) -> KeySet:
        if anew:
            self._fetched = time.monotonic()
        return KeySet.import_key_set(await self._client.fetch_jwk_set(force=anew))

    def _validate(self, token: str, keys: KeySet, now: datetime) -> LogoutToken:
        return validate(
            token, keys, issuer=self._settings.issuer, client_id=self._settings.client_id, now=now
        )
