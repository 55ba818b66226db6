"""The steps of changing the master key while everything runs, each refused when it comes too early (K3).

one machine:    rotate ─▶ (the clock seals everything anew) ─▶ drop
several nodes:  prepare ─▶ copy the file to every node ─▶ promote ─▶ copy again ─▶ … ─▶ drop
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from idp.domain.audit import record
from idp.domain.errors import ConfigurationError
from idp.domain.events import KeyRotated
from idp.domain.occasion import Occasion
from idp.domain.ports import Database
from idp.keys import master_key
from idp.keys.master_key import KeyRing


class Seals(Protocol):
    """Where sealed values lie; `storage.SqlSeals` is one."""

    def counts(self) -> Mapping[bytes, int]:
        """Return how many values are sealed under each key."""


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key of the file, for a list; `values` is how many are sealed under it."""

    id: str
    role: str
    since: datetime
    values: int


@dataclass(frozen=True, slots=True)
class StillUsed:
    """The key was not dropped: so many values are sealed under it."""

    values: int


@dataclass(frozen=True, slots=True)
class Done:
    """The file was changed; `key_id` is the key concerned."""

    key_id: str


def list_keys(path: Path, seals: Seals) -> Sequence[KeyLine]:
    """Return the keys of the file and what is sealed under each."""
    ring, counts = master_key.read(path), seals.counts()
    roles = [("seals", ring.seals), *(("opens", key) for key in ring.opens), ("mac", ring.mac)]
    return [KeyLine(key.id.hex(), role, key.since, counts.get(key.id, 0)) for role, key in roles]


def unknown_keys(ring: KeyRing, seals: Seals) -> Mapping[str, int]:
    """Return what is sealed under keys that the file does not have: another installation's file, or an old one."""
    return {key_id.hex(): count for key_id, count in seals.counts().items() if ring.find(key_id) is None}


def prepare(path: Path, database: Database, occasion: Occasion) -> Done:
    """Add a key that only opens, to be copied to every node before it seals."""
    return _change(path, database, occasion, "prepared", lambda ring: _prepared(ring, occasion.now))


def promote(path: Path, key_id: str, database: Database, occasion: Occasion) -> Done:
    """Let a prepared key seal from now on."""
    wanted = _id(key_id)
    return _change(
        path,
        database,
        occasion,
        "seals",
        lambda ring: (master_key.with_promoted(ring, wanted, occasion.now), wanted),
    )


def rotate(path: Path, database: Database, occasion: Occasion) -> Done:
    """Add a key and let it seal: for one machine, where every process reads the same file."""

    def both(ring: KeyRing) -> tuple[KeyRing, bytes]:
        ring, key_id = _prepared(ring, occasion.now)
        return master_key.with_promoted(ring, key_id, occasion.now), key_id

    return _change(path, database, occasion, "seals", both)


def drop(path: Path, key_id: str, seals: Seals, database: Database, occasion: Occasion) -> Done | StillUsed:
    """Drop a key that only opens, unless something is sealed under it."""
    wanted = _id(key_id)
    # Refused here first if it is too early: what is counted before that may still grow.
    master_key.without(master_key.read(path), wanted, occasion.now)
    values = seals.counts().get(wanted, 0)
    if values:
        return StillUsed(values)

    def dropped(ring: KeyRing) -> tuple[KeyRing, bytes]:
        return master_key.without(ring, wanted, occasion.now), wanted

    return _change(path, database, occasion, "dropped", dropped)


def _change(
    path: Path,
    database: Database,
    occasion: Occasion,
    what: str,
    step: Callable[[KeyRing], tuple[KeyRing, bytes]],
) -> Done:
    with master_key.changing(path) as change, database.write() as uow:
        change.ring, key_id = step(change.ring)
        record(uow.audit, KeyRotated(object=key_id.hex(), reason=f"master key {what}"), occasion)
    return Done(key_id.hex())


def _prepared(ring: KeyRing, now: datetime) -> tuple[KeyRing, bytes]:
    prepared = master_key.with_prepared(ring, now)
    return prepared, prepared.opens[-1].id


def _id(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise ConfigurationError(f"{text} is not the id of a master key: 16 hexadecimal digits") from error
