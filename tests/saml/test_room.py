"""The room from outside: loaded late, named by the composition alone, and gone without a trace when it is deleted."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: The files that put the product together, and the list of modules with tables.
COMPOSITION = {
    "idp/app.py",
    "idp/federation.py",
    "idp/cli/configuring.py",
    "idp/storage/migrations/comparison.py",
}


def test_nobody_but_the_composition_names_the_room():
    named = {
        path.relative_to(ROOT).as_posix()
        for package in ("idp", "mfa", "directory_sync")
        for path in (ROOT / package).rglob("*.py")
        if "idp/saml/" not in path.as_posix()
        and re.search(r"\bidp\.saml\b", path.read_text(encoding="utf-8"))
    }
    assert named <= COMPOSITION


def test_what_is_heavy_is_loaded_when_it_is_first_needed():
    program = (
        "import sys; import idp.app, idp.cli.configuring; "
        "print([name for name in ('saml2', 'xmlsec', 'lxml') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
