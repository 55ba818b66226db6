"""Refreshing with rotation, durable on SQLite, beside node oidc-provider, which keeps its tokens in memory.

oidc-provider rotates a confidential client's tokens only late in their life: that is its default, and easier.
"""

from collections.abc import Iterator

from bench.figures.tokens import reading_of
from bench.peers.oidc_provider import NAME, oidc_provider
from bench.peers.unavailable import PeerUnavailable
from bench.relying_party import Visit
from bench.rounds import in_turns, rates
from bench.rows import Absent, Goal, Line
from bench.workbench import Figure, Workbench

_TITLE = "refresh with rotation"
_SCOPE = "openid profile email offline_access"


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield the line."""
    if not bench.options.peers:
        yield Absent("refresh", _TITLE, "peers were left out (--peers measures them)")
        return
    installation, seconds = bench.installation(), bench.options.seconds
    try:
        with installation.serving() as site, oidc_provider(bench) as other:
            bench.say(_TITLE)
            ours, theirs = in_turns(
                bench,
                lambda: reading_of(installation, site, Visit.refresh, seconds, scope=_SCOPE, held=True),
                lambda: other.reading(Visit.refresh, seconds, _SCOPE),
            )
    except PeerUnavailable as why:
        yield Absent("refresh", _TITLE, str(why))
        return
    yield rates("refresh", _TITLE, f"{NAME}, in memory", ours, theirs, Goal(0.25, 0.5))


FIGURE = Figure("refresh", measure)
