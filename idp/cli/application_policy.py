"""`portvakt application show-policy` and `change-policy`: a system's rules as a file, and whom others would reach.

The keys are those of `[applications.NAME.policy]` (docs/configuration.md), with the version that was read.
"""

import sys
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import tomli_w
import typer

from idp.cli.deciding import application_called, settled
from idp.cli.printing import print_json, say
from idp.cli.setting import open_setting
from idp.configuration.policy import read_policy, write_policy
from idp.configuration.table_reader import Problems, TableReader
from idp.domain import systems
from idp.domain.application import Policy
from idp.domain.errors import ConfigurationError
from idp.domain.roles import SERVER
from idp.domain.systems import Change, Crossing

_NAMED = 10
_MOST_VERSION = 2**31

Name = Annotated[str, typer.Argument(help="The system's short name.")]


def show_policy(ctx: typer.Context, name: Name) -> None:
    """Print a system's rules as the file that `change-policy` reads."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        policy = application_called(uow, name).policy
    fields = {key: value for key, value in write_policy(policy).items() if value is not None}
    say(tomli_w.dumps({"version": policy.version, **fields}).rstrip("\n"))


def change_policy(
    ctx: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(help="Rules as `show-policy` prints them; - is standard input.")],
    reason: Annotated[str, typer.Option(help="Why, for the audit log; not needed with --dry-run.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say whom it would reach, change nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Whom it reaches, for programs.")] = False,
) -> None:
    """Say whom other rules reach and give them to a system, if nobody changed its rules since they were read."""
    wanted = _read(file)
    with open_setting(ctx) as setting, setting.database.write() as uow:
        system, occasion = application_called(uow, name), setting.occasion()
        reached = settled(systems.foreseen(uow, SERVER, system.id, wanted, occasion))
        if not dry_run:
            settled(systems.change_policy(uow, SERVER, system.id, wanted, wanted.version, reason, occasion))
        described_by = uow.systems.file_of(name)
    if as_json:
        print_json(_as_json(reached))
        return
    say("\n".join(_in_words(reached)))
    say("Nothing was changed." if dry_run else f"The policy of {name} is changed.")
    if described_by and not dry_run:
        say(f"{described_by} describes {name}: `portvakt apply` will show the difference.")


def _read(file: Path) -> Policy:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: is not UTF-8 text") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file}: is not TOML: {error}") from error
    problems = Problems()
    reader = TableReader(table, "", problems)
    version = reader.optional_number("version", least=0, most=_MOST_VERSION)
    policy = read_policy(reader)
    if version is None:
        problems.add("version", "expected the version that was read, as `application show-policy` prints it")
    problems.raise_any()
    return replace(policy, version=version or 0)


def _in_words(reached: Change) -> Sequence[str]:
    lists = (
        ("can use it then", reached.gaining),
        ("cannot use it any more", reached.losing),
        ("need another factor", reached.lacking_factor),
    )
    return [
        f"{reached.before} can use it now, {reached.after} then.",
        *(f"{len(found)} {words}: {_named(found)}" for words, found in lists if found),
    ]


def _named(found: Sequence[Crossing]) -> str:
    more = [f"and {len(found) - _NAMED} more"] if len(found) > _NAMED else []
    return ", ".join([*_logins(found[:_NAMED]), *more])


def _logins(found: Sequence[Crossing]) -> list[str]:
    return [one.known.facts.account.login for one in found]


def _as_json(reached: Change) -> dict[str, object]:
    return {
        "before": reached.before,
        "after": reached.after,
        "gaining": _logins(reached.gaining),
        "losing": _logins(reached.losing),
        "lacking_factor": _logins(reached.lacking_factor),
    }
