"""Random identifiers and handles: the only place in `idp` where they are made.

An *id* names a row for ever and may be seen by anyone. A *handle* is a secret that opens something
(a session, a sign-in, a code); only its digest is stored, so a copy of the database opens nothing.
"""

import hashlib
import hmac
import secrets
from typing import NewType

PersonId = NewType("PersonId", str)
AccountId = NewType("AccountId", str)
ApplicationId = NewType("ApplicationId", str)
SessionId = NewType("SessionId", str)
UnitId = NewType("UnitId", str)
GroupId = NewType("GroupId", str)

_ID_BYTES = 16
_HANDLE_BYTES = 32


def new_id() -> str:
    """Return 128 random bits as 32 hexadecimal characters."""
    return secrets.token_hex(_ID_BYTES)


def new_ids(number: int) -> list[str]:
    """Return so many of them at once: the system is asked for random bytes one time."""
    text = secrets.token_hex(_ID_BYTES * number)
    return [text[start : start + 2 * _ID_BYTES] for start in range(0, len(text), 2 * _ID_BYTES)]


def new_handle() -> str:
    """Return 256 random bits as 43 base64url characters (RFC 4648 §5, unpadded)."""
    return secrets.token_urlsafe(_HANDLE_BYTES)


def digest(handle: str) -> bytes:
    """Return what is stored of a handle: 32 bytes of SHA-256.

    A plain hash is enough: 256 random bits cannot be guessed from their digest.
    """
    return hashlib.sha256(handle.encode("utf-8", "surrogatepass")).digest()


def same(left: bytes, right: bytes) -> bool:
    """Compare two digests in constant time."""
    return hmac.compare_digest(left, right)
