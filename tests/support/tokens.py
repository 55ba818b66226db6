"""Hardware tokens to test with: a seed, the device that it makes, and one in somebody's hands."""

from datetime import datetime

import pyotp

from idp.domain import hardware_tokens
from mfa import Digits, FactorKind, Seed, token_stock
from mfa.authenticators import Period
from mfa.one_time_passwords import base32
from mfa.sql_store import SqlFactorStore
from mfa.token_stock import Moved

RFC_SEED = b"12345678901234567890"


class Device:
    """What a person holds: a button that counts, or a clock that may be wrong by `skew` seconds."""

    def __init__(self, seed: Seed, skew: int = 0) -> None:
        self.seed = seed
        self.skew = skew
        self.counter = seed.counter
        self._hotp = pyotp.HOTP(base32(seed.secret), digits=int(seed.digits), digest=seed.algorithm.digest)

    def press(self, times: int = 1) -> str:
        """The code after so many presses."""
        self.counter += times
        return self._hotp.at(self.counter - 1)

    def shows(self, now: datetime, steps: int = 0) -> str:
        """The code on the display."""
        return self._hotp.at((int(now.timestamp()) + self.skew) // self.seed.period + steps)


def counter_seed(serial: str = "FTK-0001", **changes: object) -> Seed:
    """A token with a button."""
    values = {"serial": serial, "kind": FactorKind.HOTP, "secret": RFC_SEED, "manufacturer": "Feitian"}
    return Seed(**(values | changes))


def clock_seed(serial: str = "CLK-0001", **changes: object) -> Seed:
    """A token with a clock that shows a new code each minute."""
    values = {
        "serial": serial,
        "kind": FactorKind.TOTP,
        "secret": RFC_SEED[::-1],
        "period": Period.SIXTY,
        "digits": Digits.SIX,
    }
    return Seed(**(values | changes))


def hand(store: SqlFactorStore, subject: str, seed: Seed, now: datetime, skew: int = 0) -> Device:
    """Take a token in and hand it out."""
    assert not token_stock.take_in(store, [seed], now).duplicates
    assert isinstance(token_stock.hand_out(store, seed.serial, subject, now), Moved)
    return Device(seed, skew)


def hand_over(place, account, seed: Seed, skew: int = 0) -> Device:
    """The same in a whole place, as a helper does it."""
    with place.database.write() as uow:
        assert hardware_tokens.take_in(uow, [seed], place.occasion()).tokens
        assert isinstance(hardware_tokens.hand_out(uow, seed.serial, account, place.occasion()), Moved)
    return Device(seed, skew)
