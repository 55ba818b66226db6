"""`python -m bench`: measures what is asked for and prints the table; `./deploy/bench` sets up and calls it."""

import os
import sys
import time
from collections.abc import Sequence

from rich.console import Console

from bench import report
from bench.load import LoadFailed
from bench.options import read_options
from bench.processes import ServerFailed, take_load_core
from bench.registry import FIGURES
from bench.rows import Absent, Line
from bench.workbench import Figure, Workbench


def main(arguments: Sequence[str]) -> int:
    """Run; returns 1 if a figure that should be there is not."""
    options = read_options(arguments, [figure.name for figure in FIGURES])
    console = Console(stderr=True)
    for name in [name for name in os.environ if name.startswith("PORTVAKT_")]:
        del os.environ[name]  # another installation's settings are not this one's
    options.results.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.0f} s[/dim]  {text}", highlight=False)

    take_load_core()
    bench = Workbench(options, options.results / "work", say)
    bench.folder.mkdir(exist_ok=True)
    lines, broken = measured(bench)
    report.write(lines, options, Console(width=None if sys.stdout.isatty() else 160))
    return 1 if broken else 0


def measured(bench: Workbench) -> tuple[list[Line], bool]:
    """Return the lines of all chosen figures, and whether one of them broke."""
    lines: list[Line] = []
    broken = False
    for figure in FIGURES:
        if bench.options.only and figure.name not in bench.options.only:
            continue
        found, failed = _lines(bench, figure)
        lines += found
        broken = broken or failed
    return lines, broken


def _lines(bench: Workbench, figure: Figure) -> tuple[list[Line], bool]:
    lines: list[Line] = []
    try:
        lines.extend(figure.measure(bench))
    except (LoadFailed, ServerFailed, OSError, RuntimeError) as error:
        # One figure that breaks is a line that says so; the others are worth having.
        bench.say(f"{figure.name} broke: {error}")
        lines.append(Absent(figure.name, figure.name.replace("_", " "), f"it broke: {str(error)[:120]}"))
        return lines, True
    return lines, False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
