"""Challenges of a sign-in where nobody is known yet: they prove themselves, and only an answered one is kept.

Anybody can ask for a sign-in page, so asking writes nothing. A challenge is a random nonce and its end under a keyed
hash over purpose and binding; answering it is one INSERT that must succeed (W1), so that each is answered once.
"""

import hmac
import secrets
from datetime import datetime

from mfa.authenticators import PasskeyPurpose
from mfa.store import FactorStore
from mfa.tables import instant, microseconds

_NONCE_BYTES, _INSTANT_BYTES, _MAC_BYTES = 16, 8, 16
_PURPOSE = "mfa.passkey.open-challenge"


def make(store: FactorStore, purpose: PasskeyPurpose, binding: bytes, expires_at: datetime) -> bytes:
    """Return a new challenge."""
    said = secrets.token_bytes(_NONCE_BYTES) + microseconds(expires_at).to_bytes(_INSTANT_BYTES, "big")
    return said + _mac(store, said, purpose, binding)


def expiry(store: FactorStore, challenge: bytes, purpose: PasskeyPurpose, binding: bytes) -> datetime | None:
    """Return when a challenge ends that was made for just this, None if it was not."""
    said, given = challenge[:-_MAC_BYTES], challenge[-_MAC_BYTES:]
    if len(said) != _NONCE_BYTES + _INSTANT_BYTES:
        return None
    if not hmac.compare_digest(given, _mac(store, said, purpose, binding)):
        return None
    return instant(int.from_bytes(said[_NONCE_BYTES:], "big"))


def _mac(store: FactorStore, said: bytes, purpose: PasskeyPurpose, binding: bytes) -> bytes:
    # Every part but the last has one length or cannot hold the separator.
    return store.mac(b"\0".join((purpose.value.encode(), said.hex().encode(), binding)), _PURPOSE)[
        :_MAC_BYTES
    ]
