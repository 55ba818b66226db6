"""What was dropped and what was answered: counted at once, recorded together (R1; statement A1's floods)."""

from collections import Counter
from ipaddress import IPv4Address, IPv6Address

from idp.domain.events import RequestRefused
from idp.domain.floods import record_refusal
from idp.domain.occasion import Occasion
from idp.domain.ports import Database
from idp.radius.received import Answer, Dropped

_MOST_SOURCES = 1000
_OTHERS = "others"
#: Not worth a record: clients retransmit.
_USUAL = frozenset({Dropped.DUPLICATE_IN_PROGRESS})


class Counters:
    """Totals since the start, and what has not been recorded yet. Lives in the loop."""

    def __init__(self) -> None:
        self.answered = 0
        self.dropped: Counter[Dropped] = Counter()
        self._pending: Counter[tuple[Dropped, str]] = Counter()

    def note(self, answer: Answer, source: IPv4Address | IPv6Address) -> None:
        """Count one datagram."""
        if answer.dropped is None:
            self.answered += 1
            return
        self.dropped[answer.dropped] += 1
        if answer.dropped in _USUAL:
            return
        key = (answer.dropped, str(source))
        if key not in self._pending and len(self._pending) >= _MOST_SOURCES:
            key = (answer.dropped, _OTHERS)
        self._pending[key] += 1

    def take(self) -> dict[tuple[Dropped, str], int]:
        """Return what was dropped since the last call, by reason and source."""
        taken, self._pending = dict(self._pending), Counter()
        return taken


def record_dropped(database: Database, taken: dict[tuple[Dropped, str], int], occasion: Occasion) -> None:
    """Record what was dropped: one record for each reason and source, a flood of them counted."""
    with database.write() as uow:
        for dropped, source in taken:
            refused = RequestRefused(object="radius", reason=dropped.value, client=source)
            record_refusal(uow, refused, f"radius {dropped.value} {source}", occasion)
