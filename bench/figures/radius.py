"""RADIUS: codes alone beside a bare loop, and password with code beside raw Argon2id.

Every request is signed and every code is new; what is accepted is on the disk before the answer leaves.
"""

from collections.abc import Iterator
from itertools import cycle

from bench.code_holders import Codes
from bench.figures.sign_in import argon2
from bench.floors.radius_loop import HOLDERS, bare_loop
from bench.load import Reading
from bench.peers import freeradius
from bench.population import login_of, seed_of
from bench.radius_site import RadiusInstallation, Site
from bench.rounds import in_turns, rates
from bench.rows import Absent, Goal, Line
from bench.workbench import Figure, Workbench

_LOOP = "a bare loop: the same decoding, check, conditional write, audit row and commit"
#: More than the lanes of Argon2id, less than waits long enough to be sent again.
_PASSWORDS_AT_ONCE = 8


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield the lines."""
    made = RadiusInstallation.make(bench)
    with made.serving(bench.folder) as site:
        ours = _codes(bench, site, made.apps, "totp")
        yield rates("radius", "RADIUS, TOTP alone", _LOOP, *ours, Goal(0.6, 0.85))
        yield _beside_freeradius(bench, ours[0])
        ours = _codes(bench, site, made.buttons, "hotp")
        yield rates("radius", "RADIUS, HOTP alone", _LOOP, *ours, None)
        ours = _with_passwords(bench, site, made.after_password)
        title = "RADIUS, PAP with password hash and TOTP"
        yield rates("radius", title, "raw Argon2id verify", *ours, Goal(0.85, 0.9))


def _codes(bench: Workbench, site: Site, codes: Codes, kind: str) -> tuple[list[Reading], list[Reading]]:
    bench.say(f"RADIUS, {kind.upper()} alone")
    seconds = bench.options.seconds
    with bare_loop(bench, kind) as loop, loop.client() as theirs, site.client("codes") as ours:
        following = Codes(
            ((login_of(n), seed_of(n)) for n in range(HOLDERS)), counted=kind == "hotp"
        ).following
        return in_turns(
            bench,
            lambda: ours.drive(codes.following, seconds, [site.pid]),
            lambda: theirs.drive(following, seconds, [loop.pid]),
        )


def _beside_freeradius(bench: Workbench, ours: list[Reading]) -> Line:
    title, seconds = "RADIUS, TOTP alone, beside FreeRADIUS", bench.options.seconds
    if not freeradius.installed():
        return Absent("radius", title, "freeradius is not installed; ./deploy/test installs it")
    users = cycle([(f"user{n}", f"pass{n}") for n in range(freeradius.USERS)])
    with freeradius.running(bench.folder) as peer, peer.client() as client:
        theirs = [client.drive(users.__next__, seconds, [peer.pid]) for _ in ours]
    return rates("radius", title, "FreeRADIUS, a file of users in memory, PAP", ours, theirs, None)


def _with_passwords(bench: Workbench, site: Site, codes: Codes) -> tuple[list[Reading], list[Reading]]:
    bench.say("RADIUS, password and code in one field")
    seconds = bench.options.seconds
    with site.client("both") as client:
        return in_turns(
            bench,
            lambda: client.drive(codes.following, seconds, [site.pid], _PASSWORDS_AT_ONCE),
            lambda: argon2(seconds),
        )


FIGURE = Figure("radius", measure)
