"""The code flow with a living session: authorize, token, userinfo; ES256; durable on SQLite. Beside two peers."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from bench.figures.tokens import reading_of
from bench.peers.canaille import NAME as CANAILLE
from bench.peers.canaille import canaille
from bench.peers.oidc_provider import NAME as NODE
from bench.peers.oidc_provider import oidc_provider
from bench.peers.serving import Peer
from bench.peers.unavailable import PeerUnavailable
from bench.relying_party import Visit
from bench.rounds import in_turns, rates
from bench.rows import Absent, Goal, Line
from bench.workbench import Figure, Workbench

MakePeer = Callable[[Workbench], AbstractContextManager[Peer]]
TITLE = "code flow, living session"


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield a line for each peer."""
    yield _beside(bench, NODE, f"{NODE}, in memory", oidc_provider, Goal(0.25, 0.5))
    yield _beside(bench, CANAILLE, CANAILLE, canaille, Goal(12, 25))


def _beside(bench: Workbench, name: str, floor: str, peer: MakePeer, goal: Goal) -> Line:
    title = f"{TITLE}, beside {name}"
    if not bench.options.peers:
        return Absent("code_flow", title, "peers were left out (--peers measures them)")
    installation, seconds = bench.installation(), bench.options.seconds
    try:
        with installation.serving() as site, peer(bench) as other:
            bench.say(title)
            ours, theirs = in_turns(
                bench,
                lambda: reading_of(installation, site, Visit.flow, seconds),
                lambda: other.reading(Visit.flow, seconds),
            )
    except PeerUnavailable as why:
        return Absent("code_flow", title, str(why))
    return rates("code_flow", title, floor, ours, theirs, goal)


FIGURE = Figure("code_flow", measure)
