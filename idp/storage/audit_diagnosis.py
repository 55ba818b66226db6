"""What happened to a chain at the place where it stops fitting. Naming it is help; that it broke is certain."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from idp.storage.audit_chain import ChainKey, link
from idp.storage.audit_links import Link

_REACH = 200


class Damage(StrEnum):
    """What was done."""

    ALTERED = "altered"
    REMOVED = "removed"
    REORDERED = "reordered"
    CUT_OFF = "cut off"
    FORGED = "forged"
    WEEDED = "weeded without a decision"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place that is not as it was sealed; `position` is None for a record not sealed yet."""

    what: Damage
    position: int | None
    record_id: int | None
    detail: str


def diagnose(key: ChainKey, previous: bytes, here: Link, following: Sequence[Link]) -> Broken:
    """Say why `here`, a record sound in itself, does not fit behind the link `previous`."""
    what, detail = _diagnosis(key, previous, here, following[:_REACH])
    return Broken(what, here.position, here.record_id, detail)


def _diagnosis(key: ChainKey, previous: bytes, here: Link, following: Sequence[Link]) -> tuple[Damage, str]:
    place = here.position
    for other in following:
        if here.link in _as_if(key, previous, place, here, other):
            return Damage.REORDERED, f"record {other.record_id} or its content belongs here"
    if not following:
        return Damage.ALTERED, "the record is not the one that was sealed here, or its link was altered"
    after = following[0]
    if link(key, here.link, after.position, after.record_id, after.digest) == after.link:
        return Damage.ALTERED, "the link is genuine, but another record was sealed here"
    genuine = link(key, previous, place, here.record_id, here.digest)
    if link(key, genuine, after.position, after.record_id, after.digest) == after.link:
        return Damage.FORGED, "the record is genuine, but its link was altered"
    for missing in range(1, _REACH):
        if link(key, here.link, after.position + missing, after.record_id, after.digest) == after.link:
            return Damage.REMOVED, f"{missing} record(s) were removed before this one and the rest moved up"
    return Damage.FORGED, "the chain from here on was not made with this master key"


def _as_if(key: ChainKey, previous: bytes, place: int, here: Link, other: Link) -> tuple[bytes, bytes]:
    return (
        link(key, previous, place, other.record_id, other.digest),
        link(key, previous, place, here.record_id, other.digest),
    )
