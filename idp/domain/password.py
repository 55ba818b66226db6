"""Passwords: the seam for checking them, and those that are kept here as Argon2id hashes (statement K5).

A check takes time and is made outside any unit of work. It does not count tries; sign-in does.
"""

import threading
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from idp.domain.account import Account
from idp.domain.handles import new_handle

#: NIST SP 800-63B-4 §3.1.1.2: 15 characters where the password stands alone, 8 beside another factor.
LEAST_ALONE = 15
LEAST_BESIDE_A_FACTOR = 8
#: Longer than anybody types, short enough to hash without thought; longer is refused, never cut (S15).
MOST = 1024


@dataclass(frozen=True, slots=True)
class Correct:
    """The password is right. `must_change`: why it has to be changed before anything else, or "".

    `remember`: a hash to remember while the directory may be away; `remembered`: it was right by such a hash.
    `rehashed`: a new hash to store, when the old one was made with weaker parameters.
    """

    must_change: str = ""
    rehashed: str = ""
    remember: str = ""
    remembered: bool = False


@dataclass(frozen=True, slots=True)
class Wrong:
    """The password is wrong, or there is no such account.

    `directory_away`: somebody with a directory password would be told so now; who has none must not stand out.
    """

    directory_away: bool = False


@dataclass(frozen=True, slots=True)
class NotUsable:
    """The directory refuses the account whatever the password: disabled, locked, expired."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Nobody could be asked: a directory is away, or too many checks wait. Nothing was guessed."""

    why: str


PasswordResult = Correct | Wrong | NotUsable | Unreachable


@dataclass(frozen=True, slots=True)
class Changed:
    """The new password holds from now on."""


@dataclass(frozen=True, slots=True)
class ChangeRefused:
    """The new password was not taken; `reason` is the directory's, for the person."""

    reason: str


class DirectoryPasswords(Protocol):
    """Passwords that live in a person's own directory."""

    def check(self, account: Account, password: str) -> PasswordResult:
        """Bind as the account's entry."""

    def check_nobody(self, password: str) -> PasswordResult:
        """Do the same work for a name that nobody has, so that it cannot be told from one that exists."""

    def change(self, account: Account, old: str, new: str) -> Changed | ChangeRefused | Unreachable:
        """Change the password in the directory, bound as the person."""


def one_form(password: str) -> str:
    """Return the one Unicode form in which passwords are compared, hashed and sent (NFC; S15)."""
    return unicodedata.normalize("NFC", password)


@dataclass(frozen=True, slots=True)
class HashCost:
    """Argon2id's parameters (RFC 9106 §3.1); the default is OWASP's profile (docs/decisions/0003)."""

    passes: int = 2
    kibibytes: int = 19_456
    lanes: int = 1


class LocalPasswords:
    """Argon2id hashes for accounts without a directory password.

    At most `lanes` are computed at once; a flood waits, and after `patience` seconds is sent away. Each lane is a
    thread of its own: the allocator keeps a block for every thread that ever took one, and taking 19 MiB anew from
    the system for each password would cost a third of the hash.
    """

    def __init__(self, lanes: int = 2, patience: float = 5.0, cost: HashCost | None = None) -> None:
        chosen = cost or HashCost()
        self._hasher = PasswordHasher(
            time_cost=chosen.passes, memory_cost=chosen.kibibytes, parallelism=chosen.lanes
        )
        self._free = threading.BoundedSemaphore(lanes)
        self._lanes = ThreadPoolExecutor(lanes, "argon2")
        self._patience = patience
        self._nobody = self.hash(new_handle())

    def hash(self, password: str) -> str:
        """Return the hash to store."""
        with self._free:
            return self._lanes.submit(self._hasher.hash, one_form(password)).result()

    def check(self, stored: str | None, password: str) -> PasswordResult:
        """Compare with a stored hash; None does the same work and is never right."""
        if not self._free.acquire(timeout=self._patience):
            return Unreachable("too many password checks are waiting")
        try:
            self._lanes.submit(self._hasher.verify, stored or self._nobody, one_form(password)).result()
        except (VerificationError, InvalidHashError):
            return Wrong()
        finally:
            self._free.release()
        if stored is None:
            return Wrong()
        stale = self._hasher.check_needs_rehash(stored)
        return Correct(rehashed=self.hash(password) if stale else "")


class Weakness(StrEnum):
    """Why a new local password is not taken."""

    GUESSABLE = "guessable"
    BREACHED = "breached"


class PasswordJudge(Protocol):
    """Judges new local passwords; it may read a file, so it is asked outside any unit of work."""

    def weakness(self, password: str, known: Sequence[str]) -> Weakness | None:
        """Say why `password` may not be taken; `known` is what a guesser knows of the person."""


@dataclass(frozen=True, slots=True)
class Passwords:
    """Every way a password can be checked; `directories` is None where no directory is configured.

    Without a judge a new local password is only measured.
    """

    local: LocalPasswords
    directories: DirectoryPasswords | None = None
    judge: PasswordJudge | None = None
