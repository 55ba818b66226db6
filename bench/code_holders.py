"""People whose next code is always new: each step of a clock, or count of a button, is used once."""

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import pyotp

from bench.load import LoadFailed
from mfa.one_time_passwords import base32

_STEP = 30


@dataclass(slots=True)
class Holder:
    """Somebody with an app, or with a button; `last` is the step or count of the code that was used last."""

    login: str
    codes: pyotp.HOTP
    last: int = -1


class Codes:
    """Takes turns among holders. Apps may be a step ahead or behind (RFC 6238 §5.2): three codes for each step."""

    def __init__(self, seeds: Iterable[tuple[str, bytes]], *, counted: bool, before: str = "") -> None:
        self._holders = deque(Holder(login, pyotp.HOTP(base32(seed))) for login, seed in seeds)
        self._counted = counted
        self._before = before

    def following(self) -> tuple[str, str]:
        """Return the next holder's login and what they type: `before` and a code."""
        holder = self._holders[0]
        self._holders.rotate(-1)
        if self._counted:
            holder.last += 1
        else:
            step = int(time.time()) // _STEP
            holder.last = max(holder.last + 1, step - 1)
            if holder.last > step + 1:
                raise LoadFailed("everybody has used the codes of this half minute: add accounts")
        return holder.login, self._before + holder.codes.at(holder.last)
