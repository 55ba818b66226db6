"""Seals secrets with the master keys. It knows how, not what: every caller names its purpose.

A sealed value is: version (1 byte), key id (8), nonce (12), then ciphertext and tag of AES-256-GCM. Header
and purpose are authenticated, so a value that is moved to another column, or whose header is changed, does
not open. Random 96-bit nonces are safe for 2^32 values per key (NIST SP 800-38D §8.3): far beyond what a
municipality seals, and rotation starts anew.
"""

import hmac
import os
import secrets
import threading
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from structlog import get_logger

from idp.domain.errors import ConfigurationError, SealBroken
from idp.keys.master_key import ID_BYTES, KEY_BYTES, KeyRing, MasterKey, read

_log = get_logger(__name__)
_VERSION = b"\x01"
_NONCE_BYTES = 12
_HEADER_BYTES = len(_VERSION) + ID_BYTES + _NONCE_BYTES

_Stamp = tuple[int, int, int]


def sealing_key_id(sealed: bytes) -> bytes:
    """Return the id of the key that `sealed` names; raises SealBroken if it is not a sealed value."""
    if len(sealed) <= _HEADER_BYTES or not sealed.startswith(_VERSION):
        raise SealBroken("not a sealed value")
    return sealed[len(_VERSION) : len(_VERSION) + ID_BYTES]


class MasterKeys:
    """Implements `ports.Sealer` over a master key file, which may change while the process runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp = _stamp(path)
        self._ring = read(path)

    def seal(self, plaintext: bytes, purpose: str) -> bytes:
        """Encrypt under the key that seals at this moment."""
        key = self.ring().seals
        header = _VERSION + key.id + secrets.token_bytes(_NONCE_BYTES)
        return header + AESGCM(key.key).encrypt(header[-_NONCE_BYTES:], plaintext, _bound(header, purpose))

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        """Open what `seal` made; raises SealBroken if altered, of another purpose or of an unknown key."""
        key = self._opening(sealing_key_id(sealed))
        header, rest = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES:]
        try:
            return AESGCM(key.key).decrypt(header[-_NONCE_BYTES:], rest, _bound(header, purpose))
        except InvalidTag as error:
            raise SealBroken(
                f"sealed value for {purpose!r} was altered or made for another purpose"
            ) from error

    def mac(self, message: bytes, purpose: str) -> bytes:
        """Return HMAC-SHA-256 under a key of `purpose`'s own; the same for ever (docs/decisions/0010)."""
        return hmac.digest(_mac_key(self._ring.mac.key, purpose), message, "sha256")

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether `sealed` was sealed under the key that seals now."""
        return sealing_key_id(sealed) == self.sealing_key_id

    @property
    def sealing_key_id(self) -> bytes:
        """The id of the key that seals now."""
        return self.ring().seals.id

    @property
    def mac_key_id(self) -> str:
        """The id of the key for keyed hashes, for whoever stores it beside them."""
        return self._ring.mac.id.hex()

    def ring(self) -> KeyRing:
        """Return the keys as the file holds them now: one `stat`, and a reading if it was replaced.

        A file that has become unreadable does not stop a process that runs: it goes on with what it holds.
        """
        if _stamp(self._path) not in {self._stamp, None}:
            try:
                self._reload()
            except ConfigurationError as error:
                _log.error("master_keys.not_reloaded", reason=str(error))
        return self._ring

    def _opening(self, key_id: bytes) -> MasterKey:
        # Another process may have sealed under a key that was added after this one read the file.
        found = self._ring.find(key_id) or self.ring().find(key_id)
        if found is None:
            raise SealBroken(f"master key {key_id.hex()} is not in {self._path}")
        return found

    def _reload(self) -> None:
        with self._lock:
            stamp = _stamp(self._path)
            if stamp in {self._stamp, None}:
                return
            self._stamp = stamp
            ring = read(self._path)
            if ring.mac.id != self._ring.mac.id:
                raise ConfigurationError(f"master key file {self._path} is that of another installation")
            self._ring = ring


def _bound(header: bytes, purpose: str) -> bytes:
    return header + purpose.encode("utf-8")


def _stamp(path: Path) -> _Stamp | None:
    # None (the file is gone or out of reach for a moment): go on with the keys that are held.
    try:
        found = os.stat(path)  # noqa: PTH116 - half the time of Path.stat, on the path of every seal
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


@lru_cache(maxsize=256)
def _mac_key(key: bytes, purpose: str) -> bytes:
    derivation = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"portvakt mac 1:" + purpose.encode("utf-8"))
    return derivation.derive(key)
