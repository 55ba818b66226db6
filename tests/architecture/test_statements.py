"""Every statement that docs/specifications.md calls held has a test that carries its number."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def held() -> set[str]:
    rows = re.findall(r"^\|[^|]+\|([^|]+)\|", _statements(), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"\b[SOLEBKANRWMC]\d+\b", row)}


def _statements() -> str:
    return (ROOT / "docs" / "specifications.md").read_text(encoding="utf-8").split("## Statements")[1]


def named_in_tests() -> set[str]:
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8")):
            found |= set(re.findall(r"(?<=_)[SOLEBKANRWMC]\d+(?=_)", name))
    return found


def test_every_held_statement_has_a_test_with_its_number():
    assert len(held()) > 60
    assert held() <= named_in_tests(), sorted(held() - named_in_tests())


def test_each_file_in_the_table_of_products_has_a_test_with_the_rows_number():
    table = _statements().split("### Directories, product by product")[1].split("\n\nThe experiments")[0]
    rows = re.findall(r"^\| ([LN]\d+) \|(.*)$", table, re.MULTILINE)
    assert len(rows) == 12
    for statement, row in rows:
        for name in re.findall(r"`([\w/]+\.py)`", row):
            path = ROOT / "tests" / (name if "/" in name else f"directory_sync/{name}")
            text = path.read_text(encoding="utf-8")
            by_experiment = re.findall(rf"`{name}` \((X\d)\)", row)
            numbers = [statement, *by_experiment]
            assert any(re.search(rf"def test_(?:\w+_)?{number}_", text) for number in numbers), (
                statement,
                name,
            )
