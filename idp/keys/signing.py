"""The signing keys that a process holds: a snapshot in memory, read anew when the database says so."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.domain.errors import Unavailable
from idp.domain.ports import Database, Sealer
from idp.keys.jwk import SigningKey, open_key
from idp.keys.store import SigningKeyRows, StoredKey

CHECK_EVERY = timedelta(seconds=1)
"""How often at most the version is asked for: a key withdrawn on one node is out of use on all after this."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    version: int
    keys: tuple[SigningKey, ...]


class SigningKeys:
    """What protocols sign with and publish.

    `current` and `find` may ask the database (one short statement a second); `public_jwks` never waits for it.
    """

    def __init__(self, database: Database, sealer: Sealer, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._lock = threading.Lock()
        self._snapshot: _Snapshot | None = None
        self._check_after = 0.0

    def current(self, alg: str) -> SigningKey:
        """Return the key that signs with `alg` now; raises Unavailable if there is none."""
        now = self._clock()
        candidates = [key for key in self._published(now) if key.alg == alg]
        signing = [key for key in candidates if key.life.signs(now)]
        # A node whose clock is a little behind the one that made the first key has no key that signs yet.
        chosen = signing[-1] if signing else next(iter(candidates), None)
        if chosen is None:
            raise Unavailable(f"there is no key that signs with {alg}")
        return chosen

    def public_jwks(self) -> list[dict[str, str]]:
        """Return the key set of RFC 7517 §5, from memory; read from the database the first time only."""
        snapshot = self._snapshot or self._read()
        now = self._clock()
        return [dict(key.public) for key in snapshot.keys if key.life.is_published(now)]

    def find(self, kid: str) -> SigningKey | None:
        """Return the published key with this `kid`."""
        return next((key for key in self._published(self._clock()) if key.kid == kid), None)

    def refresh(self) -> None:
        """Read the keys anew if they have changed; for a clock, and for whoever hears of a change."""
        self._check_after = 0.0
        self._checked()

    def _published(self, now: datetime) -> list[SigningKey]:
        return [key for key in self._checked().keys if key.life.is_published(now)]

    def _checked(self) -> _Snapshot:
        held = self._snapshot
        if held is None:
            return self._read()
        # One thread asks, the others go on with what is held: callers may be inside a transaction, and must
        # not wait for each other's connections.
        if time.monotonic() < self._check_after or not self._lock.acquire(blocking=False):
            return held
        try:
            return self._read_if_changed(held)
        finally:
            self._lock.release()

    def _read(self) -> _Snapshot:
        with self._lock:
            return self._read_if_changed(self._snapshot)

    def _read_if_changed(self, held: _Snapshot | None) -> _Snapshot:
        with self._database.read() as uow:
            rows = SigningKeyRows.of(uow)
            version = rows.version()
            if held is None or held.version != version:
                held = _Snapshot(version, self._opened(rows.published(self._clock()), held))
        self._snapshot = held
        self._check_after = time.monotonic() + CHECK_EVERY.total_seconds()
        return held

    def _opened(self, stored: Sequence[StoredKey], held: _Snapshot | None) -> tuple[SigningKey, ...]:
        # Opening an RSA key takes 35 ms, and the version grows with every change of configuration.
        known = {key.kid: key for key in held.keys} if held else {}
        return tuple(
            replace(known[key.kid], life=key.life) if key.kid in known else open_key(key, self._sealer)
            for key in stored
        )
