"""Each factor verified and spent a second, against the bare library with the same conditional write."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from bench.load import Reading
from bench.processes import pinned
from bench.rounds import in_turns, rates
from bench.rows import Goal, Line
from bench.workbench import Figure, Workbench

_KINDS = {
    "totp": ("TOTP (RFC 6238)", "pyotp over the same window", Goal(0.25, 0.4)),
    "hotp": ("HOTP (RFC 4226)", "pyotp over the same window", Goal(0.25, 0.4)),
    "recovery": ("recovery codes", "one keyed hash", None),
    "temporary": ("temporary codes", "one keyed hash", None),
    "call_back": ("sent codes", "one keyed hash", None),
    "passkey": ("passkeys (ES256)", "python-fido2", None),
}


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield a line for each kind."""
    for kind, (title, library, goal) in _KINDS.items():
        bench.say(f"{title}: proofs verified and spent")

        floor = f"{library}, one conditional UPDATE"
        ours, theirs = in_turns(
            bench, partial(spent, bench, kind, "ours"), partial(spent, bench, kind, "bare")
        )
        yield rates("one_time_passwords", f"{title}, verified and spent", floor, ours, theirs, goal)


def spent(bench: Workbench, kind: str, side: str) -> Reading:
    """Spend proofs of a kind for some seconds, in a process of its own; `side` is ours or bare."""
    file = bench.folder / f"codes-{kind}-{side}.db"
    command = [sys.executable, "-m", "bench.floors.spend_codes"]
    arguments = [str(bench.options.seconds), str(file), kind, side]
    done = subprocess.run(pinned([*command, *arguments]), capture_output=True, text=True, check=True)
    per_second, cpu_ms = (float(value) for value in done.stdout.split())
    return Reading(per_second, cpu_ms, 1000 / per_second, 1000 / per_second, 0.0)


FIGURE = Figure("one_time_passwords", measure)
