"""Passwords that have leaked elsewhere: a file that an administrator supplies, searched where it lies.

The file has one SHA-1 a line in hexadecimal, sorted, with or without `:count` behind it, as the lists of breached
passwords are published ("ordered by hash"). A look-up reads a few dozen lines whatever the size; nothing is
loaded and nothing is asked over a network (NIST SP 800-63B-4 §3.1.1.2).
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from idp.domain.errors import ConfigurationError, Unavailable

_HASH = 40
_HEXADECIMAL = frozenset(b"0123456789ABCDEF")
_LONGEST_LINE = 128


@dataclass(frozen=True, slots=True)
class BreachedPasswords:
    """One such file."""

    path: Path

    def check(self) -> None:
        """Raise ConfigurationError unless the file can be read and looks sorted at a few places."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, 2)
                lines = [_line_at(file, size * part // 8) for part in range(8)]
        except OSError as error:
            raise ConfigurationError(f"{self.path}: cannot be read: {error.strerror}") from error
        hashes = [line for line in lines if line]
        if not hashes or not all(len(one) == _HASH and set(one) <= _HEXADECIMAL for one in hashes):
            raise ConfigurationError(
                f"{self.path}: expected a SHA-1 in hexadecimal at the start of each line"
            )
        if hashes != sorted(hashes):
            raise ConfigurationError(f"{self.path}: expected lines in the order of their hashes")

    def has(self, password: str) -> bool:
        """Whether the password is in the list; raises Unavailable if the file cannot be read now."""
        wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode("ascii")
        try:
            with self.path.open("rb") as file:
                return _found(file, wanted)
        except OSError as error:
            raise Unavailable(f"the list of breached passwords cannot be read: {error.strerror}") from error


def _found(file: BinaryIO, wanted: bytes) -> bool:
    """Halve the file until the line that begins at or after `low` is the one, or there is none."""
    low, high = 0, file.seek(0, 2)
    while low < high:
        middle = (low + high) // 2
        line = _line_at(file, middle)
        if line == wanted:
            return True
        if line and line < wanted:
            low = middle + 1
        else:
            high = middle
    return _line_at(file, low) == wanted


def _line_at(file: BinaryIO, position: int) -> bytes:
    """Return the hash of the first line that begins at `position` or after it, b"" behind the last one."""
    if position:
        file.seek(position - 1)
        file.readline(_LONGEST_LINE)
    else:
        file.seek(0)
    return file.readline(_LONGEST_LINE).partition(b":")[0].strip().upper()
