"""Reading JSON Web Signatures from strangers: sizes first, then the header by a closed list, then the signature.

RFC 8725 §3: the algorithm and the key are chosen here, never by what a token says of itself.
"""

import base64
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

VerifyingKey = ECKey | RSAKey

_LONGEST = 8 * 1024
_LONGEST_HEADER = 1024
_MOST_CLAIMS = 64
_DEEPEST = 8
# RFC 7515 §4.1: jwk, jku, x5u, x5c would let a token bring its own key; crit and zip ask for what we do not do.
_HEADER_MEMBERS = frozenset({"alg", "kid", "typ", "cty"})
_KEY_TYPE = {"ES256": "EC", "RS256": "RSA", "PS256": "RSA"}


@dataclass(frozen=True, slots=True)
class JwsHeader:
    """The members of a protected header that are looked at."""

    alg: str
    kid: str
    typ: str


@dataclass(frozen=True, slots=True)
class JwtClaims:
    """The claims of a token whose signature was verified; nothing is said of their meaning yet."""

    header: JwsHeader
    members: Mapping[str, object] = field(repr=False)

    def text(self, name: str) -> str | None:
        """Return a claim that is text."""
        value = self.members.get(name)
        return value if isinstance(value, str) else None

    def seconds(self, name: str) -> float | None:
        """Return a NumericDate (RFC 7519 §2)."""
        value = self.members.get(name)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def read_jws(
    token: str, find_key: Callable[[JwsHeader], VerifyingKey | None], algorithms: Collection[str]
) -> JwtClaims | None:
    """Return the claims of a signed token, None if anything about it is not as it has to be."""
    header = _header(token)
    if header is None or header.alg not in algorithms:
        return None
    key = find_key(header)
    if key is None or key.key_type != _KEY_TYPE[header.alg]:
        return None
    try:
        verified = jws.deserialize_compact(token.encode("ascii"), key, algorithms=[header.alg])
        members = json.loads(verified.payload or b"")
    except (JoseError, ValueError, RecursionError):
        return None
    if not isinstance(members, dict) or len(members) > _MOST_CLAIMS or not _shallow(members):
        return None
    return JwtClaims(header, members)


def unverified_text(token: str, claim: str) -> str | None:
    """Return what a token says of itself, only to choose whose keys to verify it with."""
    if _header(token) is None:
        return None
    try:
        members = json.loads(_decoded(token.split(".")[1]))
    except (ValueError, RecursionError):
        return None
    value = members.get(claim) if isinstance(members, dict) else None
    return value if isinstance(value, str) else None


def key_of(key: object) -> VerifyingKey | None:
    """Return a key if it is of a kind that verifies signatures by its public half: never a shared secret (F48)."""
    return key if isinstance(key, ECKey | RSAKey) else None


def _header(token: str) -> JwsHeader | None:
    if len(token) > _LONGEST or not token.isascii() or token.count(".") != 2:  # noqa: PLR2004 - RFC 7515 §7.1
        return None
    encoded = token.partition(".")[0]
    if len(encoded) > _LONGEST_HEADER:
        return None
    try:
        members = json.loads(_decoded(encoded))
    except (ValueError, RecursionError):
        return None
    if not isinstance(members, dict) or not members.keys() <= _HEADER_MEMBERS:
        return None
    values = [members.get(name, "") for name in ("alg", "kid", "typ")]
    if not all(isinstance(value, str) for value in values):
        return None
    return JwsHeader(*values)


def _decoded(segment: str) -> bytes:
    return base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)


def _shallow(value: object, depth: int = 0) -> bool:
    if depth > _DEEPEST:
        return False
    if isinstance(value, dict):
        return all(_shallow(one, depth + 1) for one in value.values())
    if isinstance(value, list):
        return len(value) <= _MOST_CLAIMS and all(_shallow(one, depth + 1) for one in value)
    return True
