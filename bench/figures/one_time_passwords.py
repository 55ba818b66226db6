"""One-time passwords verified a second, against the bare library with the same conditional write."""

import subprocess
import sys
from collections.abc import Iterator

from bench.load import Reading
from bench.processes import pinned
from bench.rounds import in_turns, rates
from bench.rows import Goal, Line
from bench.workbench import Figure, Workbench

_FLOOR = "pyotp over the same window, one conditional UPDATE"


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield a line for each kind."""
    for kind, title in (("totp", "TOTP (RFC 6238)"), ("hotp", "HOTP (RFC 4226)")):
        bench.say(f"{title}: codes verified and spent")

        def run(side: str, kind: str = kind) -> Reading:
            file = bench.folder / f"codes-{kind}-{side}.db"
            command = [sys.executable, "-m", "bench.floors.spend_codes"]
            arguments = [str(bench.options.seconds), str(file), kind, side]
            done = subprocess.run(pinned([*command, *arguments]), capture_output=True, text=True, check=True)
            per_second, cpu_ms = (float(value) for value in done.stdout.split())
            return Reading(per_second, cpu_ms, 1000 / per_second, 1000 / per_second, 0.0)

        ours, theirs = in_turns(bench, lambda: run("ours"), lambda: run("bare"))
        yield rates(f"codes_{kind}", f"{title}, verified and spent", _FLOOR, ours, theirs, Goal(0.25, 0.4))


FIGURE = Figure("one_time_passwords", measure)
