"""SAML responses without HTTP: beside signing the same document in the same library, and beside stock pysaml2."""

import subprocess
import sys
from collections.abc import Iterator

from bench.load import Reading
from bench.processes import pinned
from bench.rounds import in_turns, rates
from bench.rows import Goal, Line
from bench.workbench import Figure, Workbench

_RAW, _STOCK = "xmlsec signing the same document", "pysaml2 with its stock backend"


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield a line for each kind of key and floor; pysaml2's stock backend signs with RSA only."""
    bench.say("SAML responses")
    for kind, title, goal in (("ec", "P-256", Goal(0.13, 0.6)), ("rsa", "RSA-2048", Goal(0.3, 0.8))):
        yield _beside(bench, kind, f"SAML response, {title}", "raw", _RAW, goal)
    yield _beside(bench, "rsa", "SAML response, RSA-2048, beside pysaml2", "stock", _STOCK, Goal(20, 30))


def _beside(bench: Workbench, kind: str, title: str, side: str, floor: str, goal: Goal) -> Line:
    seconds = bench.options.seconds
    ours, theirs = in_turns(bench, lambda: _run("ours", kind, seconds), lambda: _run(side, kind, seconds))
    return rates("saml", title, floor, ours, theirs, goal)


def _run(side: str, kind: str, seconds: float) -> Reading:
    command = pinned([sys.executable, "-m", "bench.floors.saml_responses", side, kind, str(seconds)])
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    per_second, cpu_ms = (float(value) for value in done.stdout.split())
    return Reading(per_second, cpu_ms, 1000 / per_second, 1000 / per_second, 0.0)


FIGURE = Figure("saml", measure)
