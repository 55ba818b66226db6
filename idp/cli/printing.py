"""What commands print: results to standard output, complaints and progress to standard error.

Text from directories and people is made harmless for terminals here (statement A4), so no command can forget it.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from idp.domain.plain_text import plain

_LONGEST_LINE = 2000
_LONGEST_CELL = 300


class Told(Protocol):
    """Told how far something has come."""

    def __call__(self, stage: str, done: int) -> None: ...


def say(text: str = "") -> None:
    """Print a result."""
    sys.stdout.write("\n".join(plain(line, _LONGEST_LINE) for line in text.split("\n")) + "\n")


def complain(text: str) -> None:
    """Print what went wrong; each line is a reason of its own."""
    for line in text.splitlines():
        sys.stderr.write(f"portvakt: {plain(line, _LONGEST_LINE)}\n")


def print_json(value: object) -> None:
    """Print JSON for programs: ASCII, so that no terminal can be spoken to through it."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]], nothing: str) -> None:
    """Print rows under their heads, or `nothing` if there are none."""
    cells = [[plain(str(cell), _LONGEST_CELL) for cell in row] for row in rows]
    if not cells:
        say(nothing)
        return
    widths = [max(len(row[column]) for row in [list(heads), *cells]) for column in range(len(heads))]
    for row in [list(heads), *cells]:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(f"{line.rstrip()}\n")


@contextmanager
def progress() -> Iterator[Told]:
    """Show progress on a terminal; say nothing to a file or a pipe."""
    if not sys.stderr.isatty():
        yield _nothing_told
        return
    from rich.console import Console  # noqa: PLC0415 - a tenth of a second, and only a terminal needs it
    from rich.status import Status  # noqa: PLC0415 - as above

    with Status("", console=Console(stderr=True)) as status:

        def told(stage: str, done: int) -> None:
            status.update(f"{stage}: {done}")

        yield told


def _nothing_told(stage: str, done: int) -> None:  # noqa: ARG001 - the shape of Told
    return
