"""The table for the one who waits, JSON for programs, and Markdown for the page about speed."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.options import Options
from bench.rows import Absent, Goal, Judged, Line, Row, Spread

PAGE = Path(__file__).parents[1] / "docs" / "operators" / "speed.md"
_BEGIN, _END = "<!-- the bench's table -->", "<!-- end of the table -->"
_HEADINGS = ("what", "Portvakt", "compared with", "ratio", "by CPU", "reach", "aim", "")


def machine() -> str:
    """Return what the figures were measured on, in words."""
    model = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")),
        platform.machine(),
    )  # fmt: skip
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def cells(line: Line) -> tuple[str, ...]:
    """Return one line of the table."""
    if isinstance(line, Absent):
        return (line.title, "—", f"not measured: {line.why}", "", "", "", "", "")
    return (
        line.title,
        f"{number(line.ours.median)} {line.unit}",
        f"{line.floor}: {number(line.theirs.median)} {line.unit}",
        _ratio(line.ratio),
        number(line.cpu_ratio) if line.cpu_ratio else "",
        *_goal(line),
    )


def _goal(row: Row) -> tuple[str, str, str]:
    goal = row.goal
    if goal is None:
        return ("", "", "")
    return (_bound(goal, goal.reach, row), _bound(goal, goal.aim, row), "✓" if goal.met(row) else "✗")


def _bound(goal: Goal, value: float, row: Row) -> str:
    unit = f" {row.unit}" if goal.judged is Judged.OURS else ""
    return f"{'≥' if goal.at_least else '≤'} {number(value)}{unit}"


def _ratio(ratio: Spread) -> str:
    return f"{number(ratio.median)} ({number(ratio.least)}–{number(ratio.most)})"


def number(value: float) -> str:
    """Return a value with three figures that matter."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 10 else f"{value:.2f}"


def as_table(lines: Sequence[Line]) -> Table:
    """Return the table for a terminal."""
    table = Table(title=machine(), title_style="dim", header_style="bold", pad_edge=False)
    for heading in _HEADINGS:
        table.add_column(
            heading, overflow="fold", justify="right" if heading in ("ratio", "by CPU") else "left"
        )
    for line in lines:
        style = "dim" if isinstance(line, Absent) else None
        table.add_row(*cells(line), style=style)
    return table


def as_markdown(lines: Sequence[Line], options: Options, at: datetime) -> str:
    """Return the table that docs/operators/speed.md holds."""
    rows = ["| " + " | ".join(_HEADINGS) + " |", "|---|---:|---|---:|---:|---|---|---|"]
    rows += ["| " + " | ".join(cells(line)) + " |" for line in lines]
    method = (
        f"the median of {options.runs} runs of {options.seconds:g} s, the lowest and highest in parentheses"
    )
    rows += ["", f"{machine()}; {at:%Y-%m-%d}; {method}."]
    rows += [f"{line.title}: {note}." for line in lines if isinstance(line, Row) for note in line.notes]
    return "\n".join(rows) + "\n"


def as_json(lines: Sequence[Line], options: Options, at: datetime) -> str:
    """Return everything that was measured."""
    value = {
        "machine": machine(),
        "at": at.isoformat(timespec="seconds"),
        "seconds": options.seconds,
        "runs": options.runs,
        "accounts": options.accounts,
        "lines": [{"measured": isinstance(line, Row), **asdict(line)} for line in lines],
    }
    return json.dumps(value, indent=1, default=str, ensure_ascii=False)


def with_table(page: str, table: str) -> str:
    """Return the page with `table` between its two marks."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has no place for the table: {_BEGIN} … {_END}")
    return f"{before}{begin}\n\n{table}\n{end}{after}"


def write(lines: Sequence[Line], options: Options, console: Console) -> None:
    """Print the table and write both files; the newest are also there under a fixed name."""
    at = datetime.now(UTC)
    console.print(as_table(lines))
    for line in lines:
        for note in line.notes if isinstance(line, Row) else ():
            console.print(f"[dim]{line.title}: {note}[/dim]")
    texts = {"json": as_json(lines, options, at), "md": as_markdown(lines, options, at)}
    for suffix, text in texts.items():
        for name in (f"{at:%Y%m%d-%H%M%S}", "latest"):
            (options.results / f"{name}.{suffix}").write_text(text, encoding="utf-8")
    if options.docs:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), texts["md"]), encoding="utf-8")
        console.print(f"the table stands in {PAGE}")
    console.print(f"written to {options.results}/latest.json and latest.md")
