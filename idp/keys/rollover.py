"""What is done with signing keys: making the first, planning successors on schedule, withdrawing one that leaked.

Each function may run on several nodes at once: the database lets one win (store.py), the others see it done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.domain.audit import record
from idp.domain.errors import Overtaken
from idp.domain.events import KeyRotated
from idp.domain.occasion import Occasion
from idp.domain.ports import Database, Sealer
from idp.keys import jwk, rotation
from idp.keys.rotation import Rotation
from idp.keys.store import SigningKeyRows, StoredKey

_SKEW = timedelta(hours=1)
"""A node whose clock is behind signs a little longer; its private key must still be there."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A successor is published and will sign from `signs_from`."""

    kid: str
    signs_from: datetime


@dataclass(frozen=True, slots=True)
class AlreadyPlanned:
    """The newest key does not sign yet: nothing was done."""

    kid: str
    signs_from: datetime


@dataclass(frozen=True, slots=True)
class NoKey:
    """There is no such key."""


def ensure_first(database: Database, sealer: Sealer, occasion: Occasion) -> None:
    """Make the first key of each algorithm, if it is not there."""
    for algorithm in jwk.ALGORITHMS:
        if _newest(database, algorithm) is None:
            key = jwk.make(algorithm, rotation.first(occasion.now), sealer)
            with database.write() as uow:
                if SigningKeyRows.of(uow).add(key):
                    record(uow.audit, KeyRotated(object=key.kid, reason=f"first {algorithm} key"), occasion)


def rotate_due(database: Database, sealer: Sealer, policy: Rotation, occasion: Occasion) -> Sequence[Planned]:
    """Plan the successors that are due, and forget private keys that sign no more; for a clock."""
    ensure_first(database, sealer, occasion)
    planned = [
        outcome
        for algorithm in jwk.ALGORITHMS
        if _is_due(_newest(database, algorithm), policy, occasion.now)
        and isinstance(outcome := rotate(database, sealer, algorithm, policy, occasion), Planned)
    ]
    _erase_spent(database, occasion)
    return planned


def rotate(
    database: Database, sealer: Sealer, algorithm: str, policy: Rotation, occasion: Occasion
) -> Planned | AlreadyPlanned | NoKey:
    """Publish a successor of the key that signs with `algorithm`, whether due or not."""
    newest = _newest(database, algorithm)
    if newest is None:
        return NoKey()
    plan = rotation.succession(newest.life, policy, occasion.now)
    if plan is None:
        return AlreadyPlanned(newest.kid, newest.life.signs_from)
    successor = jwk.make(algorithm, plan.successor, sealer)
    with database.write() as uow:
        rows = SigningKeyRows.of(uow)
        if rows.end(newest.kid, plan.predecessor):
            if not rows.add(successor):
                raise Overtaken("another key took the place of the successor")
            record(
                uow.audit, KeyRotated(object=successor.kid, reason=_announced(newest, successor)), occasion
            )
            return Planned(successor.kid, successor.life.signs_from)
    winner = _newest(database, algorithm)
    return AlreadyPlanned(winner.kid, winner.life.signs_from) if winner else NoKey()


def withdraw(
    database: Database, sealer: Sealer, kid: str, reason: str, occasion: Occasion
) -> Planned | NoKey:
    """Take a key that may be known to others out of use at once; another signs from now on.

    What the key signed is refused as soon as relying parties read the key set again: that is the purpose.
    """
    algorithm = _algorithm_of(database, kid)
    if algorithm is None:
        return NoKey()
    spare = jwk.make(algorithm, rotation.first(occasion.now), sealer)
    with database.write() as uow:
        rows = SigningKeyRows.of(uow)
        if not rows.withdraw(kid, occasion.now):
            return NoKey()
        signing = _let_sign(rows, spare, occasion.now)
        record(uow.audit, KeyRotated(object=kid, reason=f"withdrawn: {reason}"), occasion)
        record(uow.audit, KeyRotated(object=signing, reason=f"signs in place of {kid}"), occasion)
    return Planned(signing, occasion.now)


def list_keys(database: Database) -> Sequence[StoredKey]:
    """Return every key there has been, oldest first."""
    with database.read() as uow:
        return SigningKeyRows.of(uow).all()


def _let_sign(rows: SigningKeyRows, spare: StoredKey, now: datetime) -> str:
    newest = rows.newest(spare.algorithm)
    if newest is not None:
        rows.begin(newest.kid, now)
        return newest.kid
    # Also when a predecessor is to sign for some hours more: it must not be without a successor.
    rows.add(spare)
    return spare.kid


def _newest(database: Database, algorithm: str) -> StoredKey | None:
    with database.read() as uow:
        return SigningKeyRows.of(uow).newest(algorithm)


def _is_due(newest: StoredKey | None, policy: Rotation, now: datetime) -> bool:
    return newest is not None and rotation.is_due(newest.life, policy, now)


def _algorithm_of(database: Database, kid: str) -> str | None:
    return next((key.algorithm for key in list_keys(database) if key.kid == kid), None)


def _erase_spent(database: Database, occasion: Occasion) -> None:
    before = occasion.now - _SKEW
    with database.read() as uow:
        spent = [key for key in SigningKeyRows.of(uow).all() if _is_spent(key, before)]
    if spent:
        with database.write() as uow:
            SigningKeyRows.of(uow).erase_private(before)
            for key in spent:
                record(uow.audit, KeyRotated(object=key.kid, reason="private key erased"), occasion)


def _is_spent(key: StoredKey, before: datetime) -> bool:
    return (
        key.sealed_private is not None and key.life.signs_until is not None and key.life.signs_until < before
    )


def _announced(newest: StoredKey, successor: StoredKey) -> str:
    return f"signs from {successor.life.signs_from.isoformat()} after {newest.kid}"
