"""What a browser is asked in a WebAuthn ceremony, as the JSON of WebAuthn Level 3 §5.1.8 and §5.1.9.

Owns the relying party, the options and the encoding; what comes back is checked in `webauthn.py`.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from mfa.authenticators import Passkey

ALGORITHMS = (-7, -8, -257)
"""ES256, EdDSA and RS256: what authenticators have, in our order of preference (§5.8.5)."""

_TIMEOUT = 300_000  # milliseconds
_ENCODED = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who asks (§5.4.2): the id is a domain, and every origin that may answer is listed (W2, F28)."""

    id: str
    name: str
    origins: frozenset[str]

    @classmethod
    def of_origin(cls, origin: str, name: str, others: Iterable[str] = (), domain: str = "") -> Self | None:
        """The relying party of a site; None for an IP address, where browsers offer no WebAuthn (§5.1.2)."""
        host = urlsplit(origin).hostname or ""
        try:
            ip_address(host)
        except ValueError:
            return cls(domain or host, name, frozenset({origin, *others}))
        return None


def creation_options(
    party: RelyingParty,
    challenge: bytes,
    user: tuple[bytes, str, str],
    known: Iterable[Passkey],
    *,
    attestation: bool,
) -> str:
    """Return PublicKeyCredentialCreationOptionsJSON; `user` is handle, account name and display name."""
    handle, account, display = user
    options = {
        "rp": {"id": party.id, "name": party.name},
        "user": {"id": encoded(handle), "name": account, "displayName": display},
        "challenge": encoded(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": one} for one in ALGORITHMS],
        "timeout": _TIMEOUT,
        "excludeCredentials": [_descriptor(passkey) for passkey in known],
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "preferred"},
        "attestation": "direct" if attestation else "none",
    }
    return json.dumps(options, separators=(",", ":"))


def request_options(
    party: RelyingParty, challenge: bytes, allowed: Iterable[Passkey], *, verify_user: bool
) -> str:
    """Return PublicKeyCredentialRequestOptionsJSON; with nothing `allowed` the browser offers what it has."""
    options = {
        "rpId": party.id,
        "challenge": encoded(challenge),
        "timeout": _TIMEOUT,
        "allowCredentials": [_descriptor(passkey) for passkey in allowed],
        "userVerification": "required" if verify_user else "preferred",
    }
    return json.dumps(options, separators=(",", ":"))


def encoded(value: bytes) -> str:
    """Base64url without padding, as WebAuthn's JSON has it."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _descriptor(passkey: Passkey) -> dict[str, object]:
    described: dict[str, object] = {"type": "public-key", "id": encoded(passkey.credential_id)}
    if passkey.transports:
        described["transports"] = list(passkey.transports)
    return described


def decoded(text: str) -> bytes:
    if not _ENCODED.fullmatch(text):
        raise ValueError("not base64url")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error


_TRANSPORTS = ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")


def known_transports(given: object) -> tuple[str, ...]:
    """Those that we know of: they are only a hint for the browser next time."""
    return tuple(one for one in _TRANSPORTS if isinstance(given, list) and one in given)
