"""The known persons of one source, packed: 33 bytes each, so that a million fit into 33 MB.

Owns the packing, and remembers who was seen. A person is found by 64 bits of a digest of the key. Should
two known keys ever share those bits, both count as changed, and the plan, which compares whole records,
finds out that they are not.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from directory_sync.as_read import MARK_SIZE
from directory_sync.facts import KnownPerson
from directory_sync.record_json import FINGERPRINT_SIZE

_BUCKET_SHIFT = 56
"""256 buckets, of which those exist that are needed: sorted one by one, none is large."""
_FLAGS_ACTIVE = 1
_FLAGS_SEEN = 2
_UNKNOWABLE = b""
_NO_MARK = 0
_EVERY_BIT = (1 << 8 * MARK_SIZE) - 1


def _digest(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")


def _number(mark: bytes) -> int:
    return int.from_bytes(mark, "big")


@dataclass(slots=True)
class _Bucket:
    """Four columns in the order of the digests."""

    digests: "array[int]" = field(default_factory=lambda: array("Q"))
    fingerprints: bytearray = field(default_factory=bytearray)
    marks: "array[int]" = field(default_factory=lambda: array("Q"))
    flags: bytearray = field(default_factory=bytearray)

    def sort(self) -> None:
        order = sorted(range(len(self.digests)), key=self.digests.__getitem__)
        size = FINGERPRINT_SIZE
        fingerprints = self.fingerprints
        self.digests = array("Q", [self.digests[i] for i in order])
        self.marks = array("Q", [self.marks[i] for i in order])
        self.flags = bytearray(self.flags[i] for i in order)
        self.fingerprints = bytearray(b"".join([fingerprints[i * size : (i + 1) * size] for i in order]))


_EMPTY = _Bucket()


class Snapshot:
    """Who is known, with what fingerprint, active or not; and, as the reading goes on, who was seen."""

    def __init__(self, persons: Iterable[KnownPerson]) -> None:
        self._buckets: dict[int, _Bucket] = {}
        self.known = 0
        self.active = 0
        for one in persons:
            self._append(one)
        for bucket in self._buckets.values():
            bucket.sort()

    def _append(self, person: KnownPerson) -> None:
        key, fingerprint, active, mark = person
        if len(fingerprint) != FINGERPRINT_SIZE:
            msg = f"a fingerprint has {FINGERPRINT_SIZE} bytes, not {len(fingerprint)}"
            raise ValueError(msg)
        digest = _digest(key)
        bucket = self._buckets.get(digest >> _BUCKET_SHIFT)
        if bucket is None:
            bucket = self._buckets[digest >> _BUCKET_SHIFT] = _Bucket()
        bucket.digests.append(digest)
        bucket.fingerprints += fingerprint
        bucket.marks.append(_number(mark))
        bucket.flags.append(_FLAGS_ACTIVE if active else 0)
        self.known += 1
        self.active += active

    def see(self, key: str) -> tuple[bytes, bool] | None:
        """Mark the person as seen.

        The fingerprint and whether active, or None if nobody with this key is known.
        """
        digest = _digest(key)
        bucket = self._buckets.get(digest >> _BUCKET_SHIFT, _EMPTY)
        digests = bucket.digests
        place = bisect_left(digests, digest)
        if place == len(digests) or digests[place] != digest:
            return None
        flags = bucket.flags
        flags[place] |= _FLAGS_SEEN
        after = place + 1
        if after < len(digests) and digests[after] == digest:
            return self._see_twins(bucket, after, digest)
        start = place * FINGERPRINT_SIZE
        fingerprint = bytes(bucket.fingerprints[start : start + FINGERPRINT_SIZE])
        return fingerprint, bool(flags[place] & _FLAGS_ACTIVE)

    def see_marked(self, key: str, mark: bytes) -> bool:
        """Whether exactly one person with this key is known, with this mark; that one is seen then."""
        digest = _digest(key)
        bucket = self._buckets.get(digest >> _BUCKET_SHIFT, _EMPTY)
        digests = bucket.digests
        place = bisect_left(digests, digest)
        if place == len(digests) or digests[place] != digest:
            return False
        after, stored = place + 1, bucket.marks[place]
        # What was read of somebody inactive is marked otherwise (`as_read.of_inactive`).
        wanted = _number(mark) ^ (0 if bucket.flags[place] & _FLAGS_ACTIVE else _EVERY_BIT)
        if stored == _NO_MARK or stored != wanted:
            return False
        if after < len(digests) and digests[after] == digest:
            return False
        bucket.flags[place] |= _FLAGS_SEEN
        return True

    @staticmethod
    def _see_twins(bucket: _Bucket, after: int, digest: int) -> tuple[bytes, bool]:
        while after < len(bucket.digests) and bucket.digests[after] == digest:
            bucket.flags[after] |= _FLAGS_SEEN
            after += 1
        return _UNKNOWABLE, True

    def is_known(self, key: str) -> bool:
        return self._flags(key) is not None

    def was_seen(self, key: str) -> bool:
        flags = self._flags(key)
        return flags is not None and bool(flags & _FLAGS_SEEN)

    def was_active(self, key: str) -> bool:
        """Whether the person was known and active when the snapshot was taken."""
        flags = self._flags(key)
        return flags is not None and bool(flags & _FLAGS_ACTIVE)

    def _flags(self, key: str) -> int | None:
        digest = _digest(key)
        bucket = self._buckets.get(digest >> _BUCKET_SHIFT, _EMPTY)
        place = bisect_left(bucket.digests, digest)
        if place == len(bucket.digests) or bucket.digests[place] != digest:
            return None
        return bucket.flags[place]

    @property
    def active_unseen(self) -> int:
        """How many active persons the reading has not shown."""
        return sum(bucket.flags.count(_FLAGS_ACTIVE) for bucket in self._buckets.values())
