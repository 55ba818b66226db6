"""`python -m deploy.municipality`: writes the directory as LDIF, and what tests expect of it."""

import argparse
import datetime as dt
import sys
from pathlib import Path

from deploy.municipality.expected import expected_result
from deploy.municipality.generate import SEED, build, directory_ldif
from deploy.municipality.organisation import EMPLOYEES


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.municipality", description=__doc__)
    parser.add_argument("output", nargs="?", type=Path, help="LDIF file; standard output if left out")
    parser.add_argument(
        "--reference", type=dt.date.fromisoformat, required=True, help="the day that counts as today"
    )
    parser.add_argument("--employees", type=int, default=EMPLOYEES)
    parser.add_argument("--politicians", type=int, default=0)
    parser.add_argument("--seed", default=SEED)
    parser.add_argument("--no-edge-cases", action="store_true", help="leave out the hand-written people")
    parser.add_argument(
        "--expected", type=Path, help="write the expected result of the first 2,400 here, as JSON"
    )
    return parser.parse_args()


def main() -> None:
    asked = _arguments()
    edge_cases = not asked.no_edge_cases
    out = asked.output.open("w", encoding="utf-8") if asked.output else sys.stdout
    with out:
        for piece in directory_ldif(
            asked.reference,
            seed=asked.seed,
            employees=asked.employees,
            politicians=asked.politicians,
            edge_cases=edge_cases,
        ):
            out.write(piece)
    if asked.expected:
        model = build(
            asked.reference,
            seed=asked.seed,
            employees=min(asked.employees, EMPLOYEES),
            politicians=asked.politicians,
            edge_cases=edge_cases,
        )
        asked.expected.write_text(expected_result(model).as_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
