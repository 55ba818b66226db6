"""A round of SAML single sign-on with a living session, RSA-2048: beside SimpleSAMLphp and beside the code flow."""

from collections.abc import Iterator

from bench.figures.tokens import reading_of
from bench.installation import Installation, Site
from bench.load import Reading, drive, run
from bench.peers.simplesamlphp import NAME, simplesamlphp
from bench.peers.unavailable import PeerUnavailable
from bench.relying_party import Visit
from bench.rounds import in_turns, rates
from bench.rows import Absent, Goal, Line
from bench.saml_service import ServiceVisit
from bench.workbench import Figure, Workbench

TITLE = "SAML single sign-on, living session"
_SSO = "/saml/sso"


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield a line for the peer and one for our own OpenID Connect."""
    yield _beside_peer(bench)
    yield _beside_code_flow(bench)


def _beside_peer(bench: Workbench) -> Line:
    title = f"{TITLE}, beside {NAME}"
    if not bench.options.peers:
        return Absent("saml_round", title, "peers were left out (--peers measures them)")
    installation, seconds = bench.installation(), bench.options.seconds
    try:
        with installation.serving() as site, simplesamlphp(bench) as peer:
            bench.say(title)
            ours, theirs = in_turns(
                bench, lambda: _reading(installation, site, seconds), lambda: peer.reading(seconds)
            )
    except PeerUnavailable as why:
        return Absent("saml_round", title, str(why))
    return rates("saml_round", title, NAME, ours, theirs, Goal(1.0, 2.0))


def _beside_code_flow(bench: Workbench) -> Line:
    installation, seconds = bench.installation(), bench.options.seconds
    with installation.serving() as site:
        bench.say(f"{TITLE}, beside the code flow")
        ours, theirs = in_turns(
            bench,
            lambda: _reading(installation, site, seconds),
            lambda: reading_of(installation, site, Visit.flow, seconds),
        )
    return rates("saml_round", f"{TITLE}, beside the code flow", "our own code flow", ours, theirs, None)


def _reading(installation: Installation, site: Site, seconds: float) -> Reading:
    async def measure() -> Reading:
        visits = [ServiceVisit(installation.browser(n), _SSO) for n in range(len(installation.sessions))]
        reading = await drive([visit.round for visit in visits], seconds, [site.pid])
        for visit in visits:
            visit.browser.close()
        return reading

    return run(measure())


FIGURE = Figure("saml_round", measure)
