"""The cryptography of a PSKC file (RFC 6030 §6): its key, its MAC, and secrets that open only when both agree.

CBC alone would let whoever carries the file change the seeds in it, so an encrypted value without a MAC is refused,
and the MAC is compared before anything is decrypted. It knows no XML.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

_XMLENC = "http://www.w3.org/2001/04/xmlenc#"
CIPHERS = {f"{_XMLENC}aes128-cbc": 16, f"{_XMLENC}aes192-cbc": 24, f"{_XMLENC}aes256-cbc": 32}
"""The ciphers that are accepted, with the length of their keys in bytes."""

MACS = {
    "http://www.w3.org/2000/09/xmldsig#hmac-sha1": "sha1",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512": "sha512",
}
PSEUDO_RANDOM_FUNCTIONS = {"": "sha1", "hmac-sha1": "sha1", "hmac-sha256": "sha256", "hmac-sha512": "sha512"}
"""For PBKDF2, by the end of their URI; none named is HMAC-SHA-1 (RFC 8018, appendix A.2)."""

MOST_ITERATIONS = 10_000_000
_BLOCK = 16


class PskcKeyError(Exception):
    """What is wrong with a key, a MAC or an encrypted value, in words."""


@dataclass(frozen=True, slots=True)
class Encrypted:
    """One encrypted value as it stands in the file: the initialisation vector, then the ciphertext."""

    algorithm: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Derivation:
    """PBKDF2 as the file describes it."""

    salt: bytes
    iterations: int
    length: int | None
    pseudo_random_function: str

    def key(self, password: str) -> bytes:
        """The file's key, from the password."""
        if not 1 <= self.iterations <= MOST_ITERATIONS:
            raise PskcKeyError(f"PBKDF2 with {self.iterations} rounds: 1 to {MOST_ITERATIONS} are accepted")
        length = 16 if self.length is None else self.length
        if length not in CIPHERS.values():
            raise PskcKeyError(f"PBKDF2 gives a key of {length} bytes: 16, 24 or 32 are accepted")
        return hashlib.pbkdf2_hmac(
            self.pseudo_random_function, password.encode(), self.salt, self.iterations, length
        )


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens the encrypted values of one file."""

    key: bytes = field(repr=False)
    mac_algorithm: str
    mac_key: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes, mac_algorithm: str, mac_key: Encrypted | None) -> "Opener":
        """The file's key, and the MAC's, which lies encrypted in the file or is the same (RFC 6030 §6.1.1)."""
        if mac_algorithm not in MACS:
            raise PskcKeyError(f"the MAC algorithm {mac_algorithm!r} is not accepted")
        opened = key if mac_key is None else _decrypt(key, mac_key)
        return cls(key, MACS[mac_algorithm], opened)

    def open(self, value: Encrypted, mac: bytes) -> bytes:
        """The plain value, after its MAC has been found right."""
        _check_cipher(self.key, value)
        right = hmac.digest(self.mac_key, value.data, self.mac_algorithm)
        if not hmac.compare_digest(right, mac):
            raise PskcKeyError("the MAC is not right: the key or password is wrong, or the file was altered")
        return _decrypt(self.key, value)


def _check_cipher(key: bytes, value: Encrypted) -> None:
    length = CIPHERS.get(value.algorithm)
    if length is None:
        raise PskcKeyError(f"the encryption algorithm {value.algorithm!r} is not accepted")
    if len(key) != length:
        raise PskcKeyError(f"the key has {len(key) * 8} bits, the file's encryption needs {length * 8}")


def _decrypt(key: bytes, value: Encrypted) -> bytes:
    _check_cipher(key, value)
    if len(value.data) < 2 * _BLOCK or len(value.data) % _BLOCK:
        raise PskcKeyError("an encrypted value is not made of whole blocks")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(value.data[:_BLOCK])).decryptor()
    padded = decryptor.update(value.data[_BLOCK:]) + decryptor.finalize()
    unpadder = PKCS7(_BLOCK * 8).unpadder()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise PskcKeyError("the key or password is not the file's, or the file was altered") from error
