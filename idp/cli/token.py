"""`portvakt token`: the box of hardware password generators, from the maker's file to the shredder."""

import binascii
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.printing import print_json, print_table, say
from idp.cli.setting import account_called, open_setting
from idp.domain import hardware_tokens
from idp.domain.errors import ConfigurationError
from idp.domain.handles import AccountId
from idp.domain.ports import UnitOfWork
from mfa import FactorKind, HardwareToken, Seed, TokenState, seed_files, token_stock
from mfa.hardware_token import serial_key
from mfa.token_stock import Moved, Refusal

app = typer.Typer(no_args_is_help=True, help="Hardware password generators: import, hand out, take back.")

Serial = Annotated[str, typer.Argument(help="The serial number, as printed on the token.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


class Format(StrEnum):
    """The seed files that are read."""

    PSKC = "pskc"


_WORDS = {
    Refusal.UNKNOWN: "no token has the serial number {serial!r}",
    Refusal.NOT_FROM_HERE: "{serial} is {state}: that cannot be done from there",
    Refusal.OVERTAKEN: "{serial} was changed by somebody else at this moment: look at it and try again",
}


@app.command("import")
def take_in(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The maker's seed file.")],
    form: Annotated[Format, typer.Option("--format", help="What kind of file it is.")] = Format.PSKC,
    key_file: Annotated[
        Path | None, typer.Option(help="A file with the pre-shared key, in hexadecimal.")
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="A file with the password that the seed file is under; - asks for it.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would be taken in.")] = False,
) -> None:
    """Take tokens into the stock: all of the file or nothing. Delete the file afterwards."""
    seeds = _read(file, form, _key(key_file, password_file))
    with open_setting(ctx) as setting, setting.database.write() as uow:
        repeated = token_stock.duplicates(uow.factors, seeds)
        if not preview and not repeated:
            hardware_tokens.take_in(uow, seeds, setting.occasion())
    if preview:
        _show_seeds(seeds)
    if repeated:
        raise ConfigurationError(
            "\n".join(f"{serial}: the serial number is known already" for serial in repeated)
        )
    say(f"{len(seeds)} token(s) {'would be taken in' if preview else 'taken into the stock'}.")


@app.command("list")
def list_tokens(
    ctx: typer.Context,
    state: Annotated[TokenState | None, typer.Option(help="Only tokens in this state.")] = None,
    words: Annotated[str, typer.Option(help="A part of the serial number or model.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the stock, by serial number."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        tokens: list[HardwareToken] = []
        after = ""
        while page := uow.factors.hardware_tokens.listed(state, words, after, token_stock.LONGEST_PAGE):
            tokens += page
            after = serial_key(page[-1].serial)
        rows = [_described(uow, token) for token in tokens]
    if as_json:
        print_json(rows)
        return
    heads = ("serial", "kind", "state", "holder", "model")
    print_table(heads, [[row[head] for head in heads] for row in rows], "No tokens.")


@app.command("hand-out")
def hand_out(
    ctx: typer.Context, serial: Serial, login: Annotated[str, typer.Argument(help="Whose it becomes.")]
) -> None:
    """Give a token to somebody: its codes are theirs at once."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        account = account_called(uow, login)
        moved = hardware_tokens.hand_out(uow, serial, account, setting.occasion())
        token = _moved(uow, serial, moved)
    say(f"{token.serial} is handed out to {account.login}.")


@app.command("hand-back")
def hand_back(ctx: typer.Context, serial: Serial, reason: Reason = "") -> None:
    """Take a token back, or find a lost one: its codes open nothing until it is handed out again."""
    token = _take(ctx, serial, reason, hardware_tokens.hand_back)
    say(f"{token.serial} is handed back.")


@app.command("lost")
def lost(ctx: typer.Context, serial: Serial, reason: Reason = "") -> None:
    """Note that a token is lost: its codes open nothing, and its holder's sessions end."""
    token = _take(ctx, serial, reason, hardware_tokens.report_lost)
    say(f"{token.serial} is lost; its codes open nothing.")


@app.command("destroy")
def destroy(ctx: typer.Context, serial: Serial, reason: Reason = "") -> None:
    """Erase a token's seed for good."""
    token = _take(ctx, serial, reason, hardware_tokens.destroy)
    say(f"{token.serial} is destroyed: its seed is erased.")


def _take(ctx: typer.Context, serial: str, reason: str, act: Callable[..., Moved | Refusal]) -> HardwareToken:
    with open_setting(ctx) as setting, setting.database.write() as uow:
        return _moved(uow, serial, act(uow, serial, reason, setting.occasion()))


def _moved(uow: UnitOfWork, serial: str, moved: Moved | Refusal) -> HardwareToken:
    if isinstance(moved, Moved):
        return moved.token
    token = uow.factors.hardware_tokens.by_serial(serial)
    state = token.state.value.replace("_", " ") if token else ""
    raise ConfigurationError(_WORDS[moved].format(serial=serial, state=state))


def _described(uow: UnitOfWork, token: HardwareToken) -> dict[str, object]:
    holder = uow.accounts.get(AccountId(token.subject)) if token.subject else None
    return {
        "serial": token.serial,
        "kind": token.kind.value,
        "state": token.state.value,
        "holder": holder.login if holder else "",
        "model": " ".join(filter(None, (token.manufacturer, token.model))),
        "digits": int(token.digits),
        "algorithm": token.algorithm.value,
        "period": int(token.period) if token.kind is FactorKind.TOTP else None,
        "imported": token.imported_at,
        "changed": token.changed_at,
    }


def _show_seeds(seeds: tuple[Seed, ...]) -> None:
    heads = ("serial", "kind", "digits", "algorithm", "step", "maker and model")
    rows = [
        (
            seed.serial,
            seed.kind.value,
            int(seed.digits),
            seed.algorithm.value,
            int(seed.period) if seed.kind is FactorKind.TOTP else "",
            " ".join(filter(None, (seed.manufacturer, seed.model))),
        )
        for seed in seeds
    ]
    print_table(heads, rows, "No tokens.")


def _read(file: Path, form: Format, key: seed_files.FileKey | None) -> tuple[Seed, ...]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    try:
        match form:
            case Format.PSKC:
                return seed_files.read_pskc(content, key)
    except seed_files.SeedFileError as error:
        raise ConfigurationError("\n".join(error.problems)) from error


def _key(key_file: Path | None, password_file: Path | None) -> seed_files.FileKey | None:
    """Return the key or password; never from the command line, where every user of the machine could read it."""
    if key_file is not None and password_file is not None:
        raise ConfigurationError("give --key-file or --password-file, not both")
    if key_file is not None:
        try:
            return seed_files.PreSharedKey(bytes.fromhex(_secret(key_file)))
        except (ValueError, binascii.Error) as error:
            raise ConfigurationError(f"{key_file}: expected a key in hexadecimal") from error
    return None if password_file is None else seed_files.SeedFilePassword(_secret(password_file))


def _secret(file: Path) -> str:
    if str(file) == "-":
        if sys.stdin.isatty():
            return str(typer.prompt("Password of the seed file", hide_input=True, err=True))
        return sys.stdin.readline().rstrip("\n")
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: cannot be read") from error
