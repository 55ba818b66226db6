"""`portvakt factor`: second factors that exist already, taken over from a list."""

import base64
import binascii
import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.printing import complain, print_json, say
from idp.cli.setting import open_setting
from idp.domain.accounts import import_totp
from idp.domain.errors import ConfigurationError
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Refused
from idp.domain.roles.words import sentences

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Second factors: take over a list of known authenticators.",
)
_NEEDS_A_DECISION = 3
_COLUMNS = (2, 3)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file. The seed is a secret and is never shown."""

    number: int
    login: str
    name: str
    seed: bytes = field(repr=False)


@app.callback()
def factor() -> None:
    """Second factors: take over a list of known authenticators."""


@app.command("import")
def take_over(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Lines of login;base32 seed, or login;base32 seed;name.")],
    name: Annotated[
        str, typer.Option(help="What the authenticators are called in people's lists.")
    ] = "Imported",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Bind authenticators by their known seeds: six digits, 30 seconds, SHA-1. Delete the file afterwards.

    A line that is wrong stops everything before anything is bound. Who has that very seed already, or is
    nobody, is left out and listed; the exit code is then 3.
    """
    lines = _read(file, name)
    with open_setting(ctx) as setting, setting.database.write() as uow:
        occasion = setting.occasion()
        refused = [(line.number, why) for line in lines if (why := _bind(uow, line, occasion))]
    if as_json:
        print_json(
            {"bound": len(lines) - len(refused), "left_out": [{"line": n, "why": w} for n, w in refused]}
        )
    else:
        say(f"{len(lines) - len(refused)} authenticator(s) bound, {len(refused)} line(s) left out.")
        for number, why in refused:
            complain(f"line {number}: {why}")
    if refused:
        raise typer.Exit(_NEEDS_A_DECISION)


def _bind(uow: UnitOfWork, line: Line, occasion: Occasion) -> str:
    """Bind one authenticator; return why not, or ""."""
    account = uow.accounts.by_login(line.login)
    if account is None:
        return f"no account has the login {line.login!r}"
    bound = import_totp(uow, account, line.seed, line.name, occasion)
    if isinstance(bound, Refused):
        return " ".join(sentences(bound))
    if not bound:
        return f"{account.login} has this very authenticator already"
    return ""


def _read(file: Path, name: str) -> list[Line]:
    problems: list[str] = []
    lines: list[Line] = []
    seeds: dict[bytes, int] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            for number, cells in enumerate(csv.reader(opened, delimiter=";"), start=1):
                if cells and not cells[0].startswith("#"):
                    _add(number, [cell.strip() for cell in cells], name, lines, problems)
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{file}: is not a list in UTF-8 with ; between columns") from error
    for line in lines:
        first = seeds.setdefault(line.seed, line.number)
        if first != line.number:
            problems.append(f"line {line.number}: has the same seed as line {first}")
    if problems:
        raise ConfigurationError("\n".join(problems))
    return lines


def _add(number: int, cells: list[str], name: str, lines: list[Line], problems: list[str]) -> None:
    if len(cells) not in _COLUMNS or not cells[0]:
        problems.append(f"line {number}: expected login;base32 seed, or login;base32 seed;name")
        return
    try:
        text = cells[1].replace(" ", "").upper().rstrip("=")
        seed = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        problems.append(f"line {number}: the seed is not base32")
        return
    if len(seed) < _LEAST_BYTES:
        problems.append(f"line {number}: the seed is shorter than {_LEAST_BYTES} bytes (RFC 4226 §4)")
        return
    lines.append(Line(number, cells[0], cells[2] if len(cells) == max(_COLUMNS) and cells[2] else name, seed))


_LEAST_BYTES = 16
