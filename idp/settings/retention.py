"""The tables `[retention.…]` of `portvakt.toml`: how long streams of the audit log are kept, by which decision."""

from dataclasses import dataclass
from datetime import timedelta

from idp.configuration.table_reader import TableReader

_LEAST, _MOST = timedelta(days=30), timedelta(days=366 * 30)
_STREAMS = {"signins": timedelta(days=366), "administration": timedelta(days=731)}


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream: its payloads are weeded after `keep`, as `decision` (a gallringsbeslut) says."""

    name: str
    keep: timedelta
    decision: str


def read_retention(inner: TableReader) -> tuple[Stream, ...]:
    """Return the streams that a decision was recorded for; nothing else is ever weeded by itself."""
    found = []
    for name, usual in _STREAMS.items():
        if not inner.has(name):
            continue
        table = inner.inner(name)
        stream = Stream(
            name,
            table.duration("keep", usual, least=_LEAST, most=_MOST),
            table.text("decision", expected="the reference of the recorded decision"),
        )
        table.finish()
        found.append(stream)
    inner.finish()
    return tuple(found)
