"""The table `[factors]`: the ways in which a factor may be bound."""

from idp.configuration.table_reader import TableReader
from idp.domain.binding import BindingPolicy, Way

_WORDS = {way.value: way for way in Way}


def read_factors(inner: TableReader) -> BindingPolicy:
    """Return the listed ways, all of them if nothing is said; an empty list lets nobody bind a factor."""
    ways = frozenset(Way)
    if inner.has("bind_by"):
        given = inner.texts("bind_by")
        if not all(word in _WORDS for word in given):
            inner.wrong("bind_by", f"a list of {', '.join(_WORDS)}")
        ways = frozenset(_WORDS[word] for word in given if word in _WORDS)
    inner.finish()
    return BindingPolicy(ways)
