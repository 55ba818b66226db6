"""Whoever records a change of the ways into an account also tells the person: the two are one call."""

import ast
from pathlib import Path

from idp.domain import notices

ROOT = Path(__file__).parents[2]


def test_no_change_of_the_ways_in_goes_untold():
    """Who records such an event does it through `record_and_tell`; a forgotten one is found here."""
    names = {kind.__name__ for kind in notices.TOLD}
    made, through = 0, 0
    for path in (ROOT / "idp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "id", "")
            made += called in names
            if called == "record_and_tell":
                through += sum(getattr(getattr(one, "func", None), "id", "") in names for one in node.args)
    assert made >= 9
    assert made == through
