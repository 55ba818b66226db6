"""A hardware token as the stock knows it: what it is, where it is, and which way it may go from there.

                        ┌────────── hand out ─────────┐
    import ──► IN_STOCK ┤                             ▼
                        │        HANDED_BACK ◄── HANDED_OUT
                        │          ▲      │           │
                        └► LOST ───┘◄─────┴───────────┘     any of them ──► DESTROYED, its seed erased

Nothing here knows how a token's codes are checked, nor who the opaque `subject` is.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mfa.authenticators import Algorithm, Digits, FactorKind, Period

LONGEST_TEXT = 60
LEAST_SEED_BYTES, MOST_SEED_BYTES = 16, 128
"""RFC 4226 §4 R6 asks for 128 bits at least; more than a hash's block (128 bytes for SHA-512) says nothing more."""


class TokenState(StrEnum):
    """Where a hardware token is."""

    IN_STOCK = "in_stock"
    HANDED_OUT = "handed_out"
    HANDED_BACK = "handed_back"
    LOST = "lost"
    DESTROYED = "destroyed"


WAYS: dict[TokenState, frozenset[TokenState]] = {
    TokenState.HANDED_OUT: frozenset({TokenState.IN_STOCK, TokenState.HANDED_BACK}),
    TokenState.HANDED_BACK: frozenset({TokenState.HANDED_OUT, TokenState.LOST}),
    TokenState.LOST: frozenset({TokenState.IN_STOCK, TokenState.HANDED_OUT, TokenState.HANDED_BACK}),
    TokenState.DESTROYED: frozenset(TokenState) - {TokenState.DESTROYED},
}
"""For each state, from which states a token may come to it."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a token's codes have been used: the least counter still to come, or the newest step accepted."""

    counter_or_step: int
    drift: int
    used: bool
    """Whether its clock has been seen: the wide first window is for tokens whose clock has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """One token as a seed file describes it. An instance is a token that Portvakt can check."""

    serial: str
    kind: FactorKind
    secret: bytes = field(repr=False)
    algorithm: Algorithm = Algorithm.SHA1
    digits: Digits = Digits.SIX
    period: Period = Period.THIRTY
    counter: int = 0
    drift: int = 0
    """Seconds."""
    manufacturer: str = ""
    model: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    """Outside this time the maker's policy forbids the token's codes (RFC 6030 §5)."""

    def __post_init__(self) -> None:
        if self.kind not in (FactorKind.TOTP, FactorKind.HOTP):
            raise ValueError("kind: hotp or totp")
        if not LEAST_SEED_BYTES <= len(self.secret) <= MOST_SEED_BYTES:
            raise ValueError(
                f"the seed has {len(self.secret)} bytes: {LEAST_SEED_BYTES} to {MOST_SEED_BYTES} are accepted"
                " (RFC 4226 §4)"
            )
        if not serial_key(self.serial):
            raise ValueError("the serial number is missing")
        for text in (self.serial, self.manufacturer, self.model):
            if len(text) > LONGEST_TEXT or not text.isprintable():
                raise ValueError(
                    f"serial, manufacturer and model: at most {LONGEST_TEXT} printable characters"
                )
        if not 0 <= self.counter < 1 << 62:
            raise ValueError("the counter is out of range")
        if abs(self.drift) > 1 << 30:
            raise ValueError("the drift is out of range")


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareToken:
    """One token of the stock, without its seed."""

    id: str
    serial: str
    manufacturer: str
    model: str
    kind: FactorKind
    algorithm: Algorithm
    digits: Digits
    period: Period
    state: TokenState
    subject: str | None
    authenticator_id: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    imported_at: datetime
    changed_at: datetime
    version: int


class StockOrder(StrEnum):
    """What the stock can be sorted by."""

    SERIAL = "serial"
    MODEL = "model"
    STATE = "state"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class StockQuery:
    """A page of the stock: which tokens, in which order. `words` are part of a serial number or model."""

    state: TokenState | None = None
    words: str = ""
    order: StockOrder = StockOrder.SERIAL
    descending: bool = False
    skip: int = 0
    limit: int = 100


def serial_key(serial: str) -> str:
    """One form for all spellings of a serial number: no spaces or hyphens, upper case."""
    return "".join(serial.split()).replace("-", "").upper()
