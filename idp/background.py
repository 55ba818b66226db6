"""What `portvakt serve` does beside answering: the outbox, the chain of the audit log, keys, forgetting.

Composition like `app.py`: it names jobs and their intervals; each job is a function of its own room.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection
from structlog import get_logger

from idp.domain.break_glass import seal_overdue
from idp.domain.floods import close_floods
from idp.domain.handles import new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.outbox import Handler
from idp.domain.planned_acts import carry_out_next
from idp.domain.process_counts import JobTally
from idp.jobs.clock import Clock, Job, StillOurs
from idp.jobs.dispatcher import Dispatcher
from idp.jobs.leases import Leases
from idp.jobs.runner import Loop, Runner
from idp.keys.rollover import rotate_due
from idp.keys.rotation import Rotation
from idp.keys.sealing import MasterKeys
from idp.keys.signing import SigningKeys
from idp.settings.retention import Stream
from idp.storage import archive, audit_checkpoints, search_index
from idp.storage.announcements import CATALOGUE, OUTBOX, Listener
from idp.storage.audit_chain import ChainForgedError, seal_next
from idp.storage.leases import SqlLeases
from idp.storage.pruning import prune
from idp.storage.resealing import reseal
from idp.storage.retention import weed_stream
from idp.storage.unit_of_work import SqlDatabase

#: Less than the second within which every audit record is sealed.
SEAL_EVERY = timedelta(milliseconds=500)

_SAID_AGAIN_AFTER = timedelta(minutes=1)

_log = get_logger(__name__)


class Background:
    """The jobs of one process, over one database."""

    def __init__(
        self,
        database: SqlDatabase,
        keys: MasterKeys,
        signing: SigningKeys,
        node: str,
        rotation: Rotation,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._keys = keys
        self._signing = signing
        self._node = node
        self._rotation = rotation
        self._clock = clock
        self.tally = JobTally()
        self._complained: datetime | None = None

    def runner(
        self,
        handlers: Mapping[str, Handler],
        prunings: Mapping[str, Callable[[datetime], int]],
        checkpoints: Path | None,
        beside: Mapping[str, Loop],
        more: Sequence[Job] = (),
        streams: Sequence[Stream] = (),
    ) -> Runner:
        """Return everything that runs beside the server, ready to be started.

        Args:
            handlers: the outbox's topics and who takes them.
            prunings: what each room forgets, some hundred rows at a call.
            checkpoints: where the audit chain's checkpoints are written, if anywhere.
            beside: servers that run in threads of their own, by name.
            more: jobs of the rooms' own.
            streams: which streams of the audit log are weeded after how long, by which decision.
        """
        dispatcher = Dispatcher(self._database, handlers, self._clock)
        jobs = [
            Job("audit-seal", SEAL_EVERY, self._seal),
            Job("audit-seal-late", timedelta(hours=1), self._seal_late),
            Job("floods", timedelta(seconds=20), self._close_floods),
            Job("signing-keys", timedelta(minutes=10), self._rotate),
            Job("signing-keys-refresh", timedelta(seconds=2), self._refresh, everywhere=True),
            Job("reseal", timedelta(minutes=10), self._reseal),
            Job("break-glass", timedelta(minutes=1), self._seal_overdue),
            Job("forget", timedelta(minutes=5), self._forget),
            Job("search-index", timedelta(seconds=2), self._index),
            Job("search-index-heal", timedelta(minutes=10), self._heal),
            Job("archive", timedelta(minutes=5), self._archive),
            Job("planned-acts", timedelta(seconds=20), self._planned_acts),
            *(
                Job(f"forget-{room}", timedelta(minutes=5), _until_done(forget))
                for room, forget in prunings.items()
            ),
            *more,
        ]
        jobs += [Job(f"retention-{one.name}", timedelta(days=1), self._weeding(one)) for one in streams]
        if checkpoints is not None:
            jobs.append(Job("audit-checkpoint", timedelta(minutes=15), self._checkpoint_to(checkpoints)))
        clock = Clock(Leases(SqlLeases(self._database)), jobs, self._clock, self.tally)
        listener = Listener(
            self._database.engine, {OUTBOX: dispatcher.wake, CATALOGUE: self._signing.refresh}
        )
        loops = {"outbox": dispatcher.run, "clock": clock.run, "announcements": listener.run}
        return Runner({**loops, **beside})

    def _occasion(self, job: str, now: datetime) -> Occasion:
        return Occasion(now, new_id(), Actor(ActorKind.JOB, job), node=self._node)

    def _seal(self, now: datetime, still_ours: StillOurs) -> None:
        try:
            while still_ours() and seal_next(self._database, self._keys, now):
                pass
        except ChainForgedError as forged:
            if self._complained is None or now - self._complained >= _SAID_AGAIN_AFTER:
                self._complained = now
                _log.error("audit.sealing_stopped", position=forged.position, what=str(forged))

    def _seal_late(self, now: datetime, still_ours: StillOurs) -> None:
        # Records that a long transaction showed after ids far beyond theirs were sealed (docs/decisions/0011).
        while still_ours() and seal_next(self._database, self._keys, now, complete=True):
            pass

    def _close_floods(self, now: datetime, _still_ours: StillOurs) -> None:
        with self._database.write() as uow:
            close_floods(uow, self._occasion("floods", now))

    def _seal_overdue(self, now: datetime, _still_ours: StillOurs) -> None:
        with self._database.read() as uow:
            due = bool(uow.directory_down.overdue(now))
        with self._database.write() as uow:
            uow.directory_down.forget_expired(now)
            if due:
                seal_overdue(uow, self._occasion("break-glass", now))

    def _rotate(self, now: datetime, _still_ours: StillOurs) -> None:
        rotate_due(self._database, self._keys, self._rotation, self._occasion("signing-keys", now))

    def _refresh(self, _now: datetime, _still_ours: StillOurs) -> None:
        self._signing.refresh()

    def _reseal(self, _now: datetime, still_ours: StillOurs) -> None:
        if not self._keys.ring().opens:
            return  # nothing can be sealed under another key
        done = reseal(self._database, self._keys, still_ours)
        for broken in done.broken:
            _log.error("reseal.cannot_be_opened", value=broken)

    def _index(self, now: datetime, still_ours: StillOurs) -> None:
        self._batches(search_index.index_due, now, still_ours)

    def _heal(self, now: datetime, still_ours: StillOurs) -> None:
        self._batches(search_index.heal, now, still_ours)

    def _archive(self, now: datetime, still_ours: StillOurs) -> None:
        with self._database.write() as uow:
            archive.keep_catalogue(uow.connection, now)
        after = ""
        while still_ours():
            with self._database.read() as uow:
                found = archive.changes_after(uow.connection, after, now)
            if found.rows:
                with self._database.write() as uow:
                    archive.keep_changes(uow.connection, found)
            after = found.last
            if not after:
                return

    def _batches(
        self, work: Callable[[Connection, datetime], int], now: datetime, still_ours: StillOurs
    ) -> None:
        done = 1
        while done and still_ours():
            with self._database.write() as uow:
                done = work(uow.connection, now)

    def _planned_acts(self, now: datetime, still_ours: StillOurs) -> None:
        more = True
        while more and still_ours():
            with self._database.write() as uow:
                more = carry_out_next(uow, self._occasion("planned-acts", now))

    def _forget(self, now: datetime, still_ours: StillOurs) -> None:
        prune(self._database, now, still_ours)

    def _weeding(self, stream: Stream) -> Callable[[datetime, StillOurs], None]:
        def weeded(now: datetime, _still_ours: StillOurs) -> None:
            occasion = self._occasion("retention", now)
            weed_stream(self._database, stream.name, now - stream.keep, stream.decision, occasion)

        return weeded

    def _checkpoint_to(self, path: Path) -> Callable[[datetime, StillOurs], None]:
        def checkpoint(now: datetime, _still_ours: StillOurs) -> None:
            with self._database.read() as uow:
                audit_checkpoints.append(path, uow.connection, self._keys, now)

        return checkpoint


def _until_done(forget: Callable[[datetime], int]) -> Callable[[datetime, StillOurs], None]:
    def run(now: datetime, still_ours: StillOurs) -> None:
        while still_ours() and forget(now):
            pass

    return run
