"""What the command line asks for."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """One run.

    Attributes:
        only: names of figures; empty for all of them.
        seconds: of one measurement.
        runs: of each measurement; the table shows the median and the spread.
        accounts: in the database of every figure but synchronisation.
        sizes: of the directories that are synchronised.
        grown: accounts of the large database that the growth of costs is measured on; 0 leaves it out.
        peers: whether other providers are measured, and installed if they are missing.
        sessions: browsers that take turns.
        results: where tables, caches and databases are.
        docs: whether the page about speed is given the new table.
    """

    only: frozenset[str] = frozenset()
    seconds: float = 10.0
    runs: int = 3
    accounts: int = 2400
    sizes: tuple[int, ...] = (2400, 20_000, 100_000)
    grown: int = 0
    peers: bool = True
    sessions: int = 300
    results: Path = RESULTS
    docs: bool = False


def read_options(arguments: Sequence[str], names: Sequence[str]) -> Options:
    """Return what `arguments` ask for; prints the help and leaves where they cannot be."""
    parser = argparse.ArgumentParser(
        prog="./deploy/bench",
        description="Measures Portvakt against floors and peers on this machine; nothing else should run on it.",
    )
    parser.add_argument("--only", default="", metavar="NAME,…", help=f"of: {', '.join(names)}")
    parser.add_argument("--seconds", type=float, default=None, help="of one measurement (10)")
    parser.add_argument("--runs", type=int, default=None, help="of each measurement (3)")
    parser.add_argument(
        "--quick", action="store_true", help="a first look: short runs, 2,400 entries, no peers"
    )
    parser.add_argument(
        "--sizes", default=None, metavar="N,…", help="directories to synchronise (2400,20000,100000)"
    )
    parser.add_argument(
        "--million", action="store_true", help="also a directory and a database of 1,000,000 (long)"
    )
    parser.add_argument(
        "--peers",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="measure other providers, and install what is missing of them (default)",
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="where tables and caches go")
    parser.add_argument("--docs", action="store_true", help="put the table into docs/operators/speed.md")
    asked = parser.parse_args(arguments)
    only = frozenset(name for name in asked.only.split(",") if name)
    if only - set(names):
        parser.error(
            f"no figure is called {', '.join(sorted(only - set(names)))}; there are {', '.join(names)}"
        )
    usual = Options(seconds=1.0, sizes=(2400,), peers=False) if asked.quick else Options()
    sizes = tuple(int(size) for size in asked.sizes.split(",")) if asked.sizes else usual.sizes
    million = (MILLION,) if asked.million and MILLION not in sizes else ()
    return Options(
        only=only,
        seconds=usual.seconds if asked.seconds is None else asked.seconds,
        runs=usual.runs if asked.runs is None else max(1, asked.runs),
        sizes=sizes + million,
        grown=MILLION if asked.million else 0,
        peers=usual.peers if asked.peers is None else asked.peers,
        results=asked.results.resolve(),
        docs=asked.docs,
    )
