"""The box of hardware tokens: taking in, handing out, taking back, losing and destroying.

Each change is one conditional write on the token's row, so that of two helpers at once one is told. With a
token in somebody's hands goes an authenticator of theirs; it ends in the same transaction as the holding does.
Who may do which of it is the host's to decide, and to record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mfa import totp
from mfa.authenticators import FactorKind, Hotp, Totp, new_identifier
from mfa.hardware_token import WAYS, HardwareToken, Position, Seed, TokenState, serial_key
from mfa.store import FactorStore

LONGEST_PAGE = 500


class Refusal(StrEnum):
    """Why a token was not moved."""

    UNKNOWN = "unknown"
    NOT_FROM_HERE = "not_from_here"
    """The token's state does not lead there: it is with somebody else, or destroyed."""
    EXPIRED = "expired"
    """The maker's policy ends the token's use before now."""
    OVERTAKEN = "overtaken"
    """Somebody else moved it at the same moment."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The token as it is now, and who had it before."""

    token: HardwareToken
    before: HardwareToken


@dataclass(frozen=True, slots=True)
class TakenIn:
    """The outcome of an import: nothing is taken in while a serial number is known already."""

    tokens: tuple[str, ...]
    duplicates: tuple[str, ...]
    """Serial numbers, as the file spells them."""


def take_in(store: FactorStore, seeds: Sequence[Seed], now: datetime) -> TakenIn:
    """Take a whole list into the stock, or nothing of it when one serial number is there already or comes twice."""
    repeated = duplicates(store, seeds)
    if repeated:
        return TakenIn((), repeated)
    taken: list[str] = []
    for seed in seeds:
        token_id = store.hardware_tokens.add(seed, now)
        if token_id is None:
            raise SerialTakenError(seed.serial)
        taken.append(token_id)
    return TakenIn(tuple(taken), ())


class SerialTakenError(Exception):
    """A fault: another import took the serial number in at this moment. Roll back; a new try will list it."""


def duplicates(store: FactorStore, seeds: Sequence[Seed]) -> tuple[str, ...]:
    """The serial numbers that are in the stock already, or come twice in the list."""
    seen = set(store.hardware_tokens.known_serials([seed.serial for seed in seeds]))
    repeated: list[str] = []
    for seed in seeds:
        key = serial_key(seed.serial)
        if key in seen:
            repeated.append(seed.serial)
        seen.add(key)
    return tuple(repeated)


def hand_out(store: FactorStore, serial: str, subject: str, now: datetime) -> Moved | Refusal:
    """Give a token to somebody: its codes are theirs from now on."""
    token = store.hardware_tokens.by_serial(serial)
    if token is None:
        return Refusal.UNKNOWN
    kept = store.hardware_tokens.seed(token)
    if kept is None or token.state not in WAYS[TokenState.HANDED_OUT]:
        return Refusal.NOT_FROM_HERE
    if token.ends_at is not None and now >= token.ends_at:
        return Refusal.EXPIRED
    authenticator_id = new_identifier()
    if not store.hardware_tokens.move(token, TokenState.HANDED_OUT, subject, authenticator_id, now):
        return Refusal.OVERTAKEN
    secret, position = kept
    if token.kind is FactorKind.HOTP:
        store.hotps.add(_hotp(token, subject, authenticator_id, secret, position, now))
    else:
        store.totps.add(_totp(token, subject, authenticator_id, secret, position, now))
    return _moved(store, token)


def hand_back(store: FactorStore, serial: str, now: datetime) -> Moved | Refusal:
    """Take a token back, or find a lost one again: its codes open nothing until it is handed out anew."""
    return _take(store, serial, TokenState.HANDED_BACK, now)


def report_lost(store: FactorStore, serial: str, now: datetime) -> Moved | Refusal:
    """Note that a token is lost: its codes open nothing from now on."""
    return _take(store, serial, TokenState.LOST, now)


def destroy(store: FactorStore, serial: str, now: datetime) -> Moved | Refusal:
    """Erase a token's seed for good; its serial number is never taken in again."""
    return _take(store, serial, TokenState.DESTROYED, now)


def _take(store: FactorStore, serial: str, state: TokenState, now: datetime) -> Moved | Refusal:
    token = store.hardware_tokens.by_serial(serial)
    if token is None:
        return Refusal.UNKNOWN
    if token.state not in WAYS[state]:
        return Refusal.NOT_FROM_HERE
    subject = token.subject if state is TokenState.LOST else None
    if not store.hardware_tokens.move(token, state, subject, None, now):
        return Refusal.OVERTAKEN
    authenticators = store.hotps if token.kind is FactorKind.HOTP else store.totps
    position = authenticators.take_from(token.id, now)
    if position is not None:  # what was used stays used, whoever has the token next (S1, S3)
        store.hardware_tokens.keep_position(token.id, position)
    return _moved(store, token)


def _moved(store: FactorStore, before: HardwareToken) -> Moved:
    token = store.hardware_tokens.get(before.id)
    return Moved(token or before, before)


def _hotp(
    token: HardwareToken,
    subject: str,
    authenticator_id: str,
    secret: bytes,
    position: Position,
    now: datetime,
) -> Hotp:
    return Hotp(
        id=authenticator_id,
        subject=subject,
        name=token.serial,
        secret=secret,
        algorithm=token.algorithm,
        digits=token.digits,
        counter=position.counter_or_step,
        created_at=now,
        token_id=token.id,
        starts_at=token.starts_at,
        ends_at=token.ends_at,
    )


def _totp(
    token: HardwareToken,
    subject: str,
    authenticator_id: str,
    secret: bytes,
    position: Position,
    now: datetime,
) -> Totp:
    return Totp(
        id=authenticator_id,
        subject=subject,
        name=token.serial,
        secret=secret,
        algorithm=token.algorithm,
        digits=token.digits,
        period=token.period,
        drift=position.drift,
        last_step=position.counter_or_step,
        created_at=now,
        confirmed_at=now,
        window=totp.HARDWARE_WINDOW,
        first_window=None if position.used else totp.HARDWARE_FIRST_WINDOW,
        token_id=token.id,
        starts_at=token.starts_at,
        ends_at=token.ends_at,
    )
