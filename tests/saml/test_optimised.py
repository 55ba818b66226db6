"""What refuses, refuses under `python -O` and `-OO` too: no check is an `assert` (statement F59)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
from idp.saml.bindings import read_redirect
from idp.saml.documents import UnreadableDocument, parse_message, parse_own
from idp.saml.signatures import BadSignature, verify
from idp.saml.metadata.reading import UnusableMetadata, read_service
refused = 0
for act, document in (
    (parse_message, b"<!DOCTYPE x><x/>"),
    (parse_message, b"<x a='1'><!-- --></x>"),
    (read_redirect, "SAMLRequest=AA&SAMLRequest=AA"),
    (lambda text: verify(parse_own(text), []), b"<x ID='a'/>"),
    (read_service, b"<x/>"),
):
    try:
        act(document)
    except (UnreadableDocument, BadSignature, UnusableMetadata):
        refused += 1
print(refused)
"""


@pytest.mark.parametrize("level", ["1", "2"])
def test_F59_optimised_code_refuses_the_same(level):
    environment = {**os.environ, "PYTHONOPTIMIZE": level, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "5"
