"""The structure that the architecture promises: sizes, rooms, and who may read the clock or the dice."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("idp", "mfa", "directory_sync")
FILES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts and path.name != "tables.py"
)
FILE_CEILING = 300
FUNCTION_CEILING = 60
FOLDERS_WITHOUT_A_PURPOSE = {"utils", "helpers", "common", "services", "models", "managers", "misc"}

# Called by name: who may read the clock, the random source and the environment.
CLOCK = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time)\(")
RANDOM = re.compile(r"\b(secrets\.(token|choice|rand|System)|os\.urandom|random\.|uuid\.uuid)")
ENVIRONMENT = re.compile(r"\bos\.(environ|getenv)\b")
CLOCK_EDGES = (
    "idp/app.py",
    "idp/foundation.py",
    "idp/cli/",
    "idp/jobs/",
    "idp/web/",
    "directory_sync/sources/",
)
RANDOM_DOORS = ("idp/domain/handles.py", "idp/keys/", "mfa/", "idp/storage/audit_log.py")
ENVIRONMENT_EDGES = ("idp/settings", "idp/cli/", "idp/configuration/secret_reference.py")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_a_file_has_one_reason_to_exist_and_stays_small(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= FILE_CEILING, f"{lines} lines: it asks to be two rooms"
    for function in functions(path):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        assert length <= FUNCTION_CEILING, f"{function.name} has {length} lines"


@pytest.mark.parametrize("path", [path for path in FILES if path.stat().st_size], ids=relative)
def test_every_module_says_what_it_owns(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "no module docstring"


def test_no_room_without_a_purpose_in_its_name():
    folders = {path.name for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_dir()}
    assert not folders & FOLDERS_WITHOUT_A_PURPOSE


@pytest.mark.parametrize(
    ("call", "allowed"),
    [(CLOCK, CLOCK_EDGES), (RANDOM, RANDOM_DOORS), (ENVIRONMENT, ENVIRONMENT_EDGES)],
    ids=["clock", "random", "environment"],
)
def test_clock_chance_and_environment_are_read_at_the_edges(call, allowed):
    offenders = [
        f"{relative(path)}:{number}: {line.strip()}"
        for path in FILES
        if not relative(path).startswith(allowed)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if call.search(line.split("#")[0]) and not line.lstrip().startswith(("import", "from", '"'))
    ]
    assert not offenders, "\n".join(offenders)


def test_F59_assert_guards_nothing():
    """`python -O` removes assert: mypy's narrowing may use it nowhere in the product."""
    offenders = [
        f"{relative(path)}:{node.lineno}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert)
    ]
    assert not offenders, "\n".join(offenders)


def test_nothing_is_left_to_do():
    marks = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    offenders = [
        f"{relative(path)}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if marks.search(line)
    ]
    assert not offenders, "\n".join(offenders)


def test_every_suppression_says_why():
    bare = re.compile(r"#\s*(noqa|type: ignore)(:?\s*[A-Z0-9, ]+|\[[\w, -]+\])?\s*$")
    offenders = [
        f"{relative(path)}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ]
    assert not offenders, "\n".join(offenders)


def test_no_file_names_a_package_registry():
    hosts = re.compile("|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs"]))
    named = [
        relative(path)
        for path in [*ROOT.glob("*.lock"), *ROOT.glob("*.toml"), *(ROOT / "deploy").rglob("*")]
        if path.is_file() and hosts.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not named


OWNERS = {
    "ldap": ("directory_sync/sources/", "directory_sync/ldap_bind.py"),
    "pyotp": ("mfa/one_time_passwords.py",),
    "defusedxml": ("mfa/seed_files/", "idp/saml/"),
    "fido2": ("mfa/webauthn.py", "mfa/webauthn_metadata.py"),
    "authlib": ("idp/oidc/",),
    "joserfc": ("idp/oidc/", "idp/keys/"),
    "saml2": ("idp/saml/",),
    "xmlsec": ("idp/saml/",),
    "lxml": ("idp/saml/",),
    "argon2": ("idp/domain/password.py",),
    "segno": ("idp/pages/",),
    "jinja2": ("idp/web/",),
    "alembic": ("idp/storage/",),
    "typer": ("idp/cli/",),
    "rich": ("idp/cli/",),
    "uvicorn": ("idp/web/", "idp/cli/serve.py"),
    "httpx": ("idp/web/outgoing.py",),
    "anyascii": ("idp/domain/",),
    "zxcvbn": ("idp/passwords/strength.py",),
}


@pytest.mark.parametrize(("library", "owners"), OWNERS.items(), ids=OWNERS)
def test_each_outside_library_has_one_owner(library, owners):
    imported = re.compile(rf"^\s*(import|from) {library}\b", re.MULTILINE)
    strangers = [
        relative(path)
        for path in FILES
        if not relative(path).startswith(owners) and imported.search(path.read_text(encoding="utf-8"))
    ]
    assert not strangers
