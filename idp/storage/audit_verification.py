"""Walks the audit chain from its beginning and names the first record that is not as it was sealed.

Memory stays flat: one seal's batch is held at a time. Records that are not sealed yet (the last second's) are
checked against their own digests only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from idp.domain.handles import same
from idp.storage import audit_links
from idp.storage.audit_chain import ChainKey, Head, link, seal
from idp.storage.audit_checkpoints import Checkpoint
from idp.storage.audit_diagnosis import Broken, Damage, diagnose
from idp.storage.audit_links import Link, Seal
from idp.storage.audit_weeding import WeedingDecision, decisions
from idp.storage.tables import audit_records

_LARGEST_BATCH = 100_000


@dataclass(frozen=True, slots=True)
class Intact:
    """Nothing is amiss.

    Attributes:
        count: sealed records.
        weeded: those of them whose payload was weeded under a decision.
        unsealed: records that wait to be sealed.
        head: the last seal, hexadecimal.
    """

    count: int
    weeded: int
    unsealed: int
    head: str


def verify(connection: Connection, key: ChainKey, checkpoints: Iterable[Checkpoint] = ()) -> Intact | Broken:
    """Check the whole log, and that it is the continuation of what `checkpoints` saw."""
    return _Walk(connection, key, {checkpoint.number: checkpoint for checkpoint in checkpoints}).run()


class _Walk:
    """One verification; `_head` is how far the chain has proved sound."""

    def __init__(self, connection: Connection, key: ChainKey, checkpoints: dict[int, Checkpoint]) -> None:
        self._connection = connection
        self._key = key
        self._checkpoints = checkpoints
        self._decisions: Sequence[WeedingDecision] = decisions(connection)
        self._head = Head()
        self._weeded = 0
        self._places = audit_links.links(connection, after=0)
        self._next: Link | None = None

    def run(self) -> Intact | Broken:
        while True:
            for found in audit_links.seals(self._connection, self._head.number):
                broken = self._check_seal(found)
                if broken:
                    return broken
            # A place is read before the seal over it is looked for: both were committed together.
            self._read_on()
            if self._next is None:
                return self._missing_checkpoint() or self._rest()
            if next(audit_links.seals(self._connection, self._head.number), None) is None:
                return self._unsealed_place(self._next)

    def _check_seal(self, found: Seal | None) -> Broken | None:
        broken = self._check_frame(found)
        if found is None or broken:
            return broken or self._broken(Damage.FORGED, "a seal holds what is no seal")
        rows = self._rows_until(found.batch.last)
        broken = self._check_records(found, rows)
        if broken:
            return broken
        return self._close(found, rows[-1])

    def _check_frame(self, found: Seal | None) -> Broken | None:
        if found is None:
            return self._broken(Damage.FORGED, "a seal holds what is no seal")
        batch = found.batch
        if batch.number != self._head.number + 1:
            return self._broken(Damage.REMOVED, f"seal {self._head.number + 1} is gone")
        if batch.first != self._head.position + 1 or not 0 <= batch.last - batch.first < _LARGEST_BATCH:
            return self._broken(Damage.FORGED, f"seal {batch.number} does not continue the one before it")
        if found.key_id != self._key.mac_key_id:
            return self._broken(Damage.FORGED, f"seal {batch.number} names another key: {found.key_id[:32]}")
        return None

    def _check_records(self, found: Seal, rows: Sequence[Link]) -> Broken | None:
        previous = self._head.link
        for index, expected in enumerate(range(found.batch.first, found.batch.last + 1)):
            row = rows[index] if index < len(rows) else None
            broken = self._check_presence(expected, row) or self._check_content(row)
            if row is None or broken:
                return broken
            genuine = link(self._key, previous, row.position, row.record_id, row.digest)
            if not same(genuine, row.link):
                return diagnose(self._key, previous, row, self._following(rows, index))
            self._weeded += row.weeded
            previous = row.link
        return None

    def _check_presence(self, expected: int, row: Link | None) -> Broken | None:
        if row is None and self._next is None:
            return Broken(Damage.CUT_OFF, expected, None, "this place and all after it are gone")
        if row is None or row.position != expected:
            return Broken(Damage.REMOVED, expected, None, "the place of this record is gone")
        if row.present:
            return None
        later = select(audit_records.c.id).where(audit_records.c.id > row.record_id).limit(1)
        if self._connection.execute(later).first() is None:
            return Broken(Damage.CUT_OFF, expected, row.record_id, "this record and all after it are gone")
        return Broken(Damage.REMOVED, expected, row.record_id, "this record is gone")

    def _check_content(self, row: Link | None) -> Broken | None:
        if row is None:
            return None
        if not row.sound:
            return Broken(
                Damage.ALTERED, row.position, row.record_id, "the record does not agree with its digest"
            )
        if row.weeded and not any(decision.covers(row) for decision in self._decisions):
            return Broken(
                Damage.WEEDED, row.position, row.record_id, "no decision covers the missing payload"
            )
        return None

    def _close(self, found: Seal, last: Link) -> Broken | None:
        batch = replace(found.batch, link=last.link)
        if not same(seal(self._key, self._head.seal, batch, found.key_id), found.seal):
            return Broken(
                Damage.FORGED,
                batch.last,
                last.record_id,
                f"seal {batch.number} was not made with this master key",
            )
        self._head = Head(batch.number, batch.last, found.seal, last.link)
        known = self._checkpoints.get(batch.number)
        if known and (known.seal != found.seal.hex() or known.count != batch.last):
            detail = (
                f"the checkpoint of {known.at} saw another chain up to here: it was made anew with the key"
            )
            return Broken(Damage.REPLACED, batch.last, last.record_id, detail)
        return None

    def _unsealed_place(self, row: Link) -> Broken:
        genuine = link(self._key, self._head.link, row.position, row.record_id, row.digest)
        if not row.present or same(genuine, row.link):
            return Broken(Damage.CUT_OFF, row.position, row.record_id, "the seal over this place is gone")
        return Broken(Damage.FORGED, row.position, row.record_id, "a place that was never sealed")

    def _missing_checkpoint(self) -> Broken | None:
        beyond = [found for number, found in self._checkpoints.items() if number > self._head.number]
        if not beyond:
            return None
        latest = max(beyond, key=lambda found: found.number)
        detail = f"the checkpoint of {latest.at} saw {latest.count} records, there are {self._head.position}"
        return self._broken(Damage.CUT_OFF, detail)

    def _rest(self) -> Intact | Broken:
        waiting = 0
        for row in audit_links.unsealed(self._connection):
            if not row.sound or row.weeded:
                return Broken(
                    Damage.ALTERED, None, row.record_id, "the record, not sealed yet, differs from its digest"
                )
            waiting += 1
        return Intact(self._head.position, self._weeded, waiting, self._head.seal.hex())

    def _broken(self, what: Damage, detail: str) -> Broken:
        return Broken(what, self._head.position + 1, None, detail)

    def _following(self, rows: Sequence[Link], index: int) -> Sequence[Link]:
        return [*rows[index + 1 :], *([self._next] if self._next else [])]

    def _rows_until(self, last: int) -> Sequence[Link]:
        rows: list[Link] = []
        if self._next is None:  # the places ran out before this seal was made
            self._read_on()
        while self._next is not None and self._next.position <= last:
            rows.append(self._next)
            self._step()
        return rows

    def _read_on(self) -> None:
        self._places = audit_links.links(self._connection, self._head.position)
        self._step()

    def _step(self) -> None:
        self._next = next(self._places, None)
