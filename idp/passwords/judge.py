"""The judge of new passwords, as the domain asks for one: guessable, leaked, or neither. No rules of composition."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.domain.password import Weakness
from idp.passwords.breached import BreachedPasswords
from idp.passwords.strength import score


@dataclass(frozen=True, slots=True)
class PasswordJudge:
    """Implements `password.PasswordJudge`. `least_score` is zxcvbn's; `organisation` is what everybody here knows."""

    organisation: str = ""
    least_score: int = 3
    breached: BreachedPasswords | None = None

    def weakness(self, password: str, known: Sequence[str]) -> Weakness | None:
        """Return why the password may not be taken; raises Unavailable if the list cannot be read."""
        if self.breached is not None and self.breached.has(password):
            return Weakness.BREACHED
        if score(password, (*known, self.organisation)) < self.least_score:
            return Weakness.GUESSABLE
        return None
