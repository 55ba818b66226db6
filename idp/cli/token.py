"""`portvakt token`: the box of hardware password generators, from the maker's file to the shredder."""

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.printing import print_json, print_table, say
from idp.cli.seed_file_reading import Reading, show_seeds
from idp.cli.setting import account_called, open_setting
from idp.domain import hardware_tokens
from idp.domain.errors import ConfigurationError
from idp.domain.handles import AccountId
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Refused
from idp.domain.roles.words import sentences
from idp.pages.token_label import label_svg
from idp.web.languages import translations
from mfa import Algorithm, FactorKind, HardwareToken, Resynchronised, Throttled, TokenState, token_stock
from mfa.hardware_token import serial_key
from mfa.seed_files import SeedFormat
from mfa.token_stock import Moved, Refusal

app = typer.Typer(no_args_is_help=True, help="Hardware password generators: import, hand out, take back.")

Serial = Annotated[str, typer.Argument(help="The serial number, as printed on the token.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


class Language(StrEnum):
    """The languages of labels."""

    SWEDISH = "sv"
    ENGLISH = "en"


_WORDS = {
    Refusal.UNKNOWN: "no token has the serial number {serial!r}",
    Refusal.NOT_FROM_HERE: "{serial} is {state}: that cannot be done from there",
    Refusal.EXPIRED: "{serial} is past the date until which its maker lets it be used",
    Refusal.OVERTAKEN: "{serial} was changed by somebody else at this moment: look at it and try again",
}


@app.command("import")
def take_in(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="The maker's seed file; - reads it from standard input.")],
    form: Annotated[SeedFormat, typer.Option("--format", help="What kind of file it is.")] = SeedFormat.PSKC,
    mapping: Annotated[
        Path | None, typer.Option(help="For --format csv: a TOML file that says which column holds what.")
    ] = None,
    algorithm: Annotated[
        Algorithm, typer.Option(help="For --format oath, whose lines do not say it.")
    ] = Algorithm.SHA1,
    key_file: Annotated[
        Path | None, typer.Option(help="A file with the pre-shared key, in hexadecimal.")
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="A file with the password that the seed file is under; - asks for it.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would be taken in.")] = False,
) -> None:
    """Take tokens into the stock: all of the file or nothing. Delete the file afterwards."""
    how = Reading(form, mapping, algorithm, key_file, password_file)
    seeds = how.read(file)
    with open_setting(ctx) as setting, setting.database.write() as uow:
        repeated = token_stock.duplicates(uow.factors, seeds)
        if not preview and not repeated:
            hardware_tokens.take_in(uow, seeds, setting.occasion())
    if preview:
        show_seeds(seeds)
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


@app.command("resync")
def resync(
    ctx: typer.Context,
    login: Annotated[str, typer.Argument(help="Who has the token.")],
    first: Annotated[str, typer.Argument(help="The code that it shows now.")],
    second: Annotated[str, typer.Argument(help="The code that it shows next.")],
) -> None:
    """Bring somebody's token back in step by two codes that follow on one another; both are used up by it."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        account = account_called(uow, login)
        result = hardware_tokens.resynchronise(uow, account.id, first, second, setting.occasion())
    if isinstance(result, Resynchronised):
        say(f"{account.login}'s token is in step: its next code is accepted.")
        return
    if isinstance(result, Throttled):
        raise ConfigurationError(f"too many tries: locked until {result.until:%Y-%m-%d %H:%M:%S} UTC")
    raise ConfigurationError(f"{account.login} has no token that shows these two codes one after the other")


@app.command("label")
def label(
    ctx: typer.Context,
    serial: Serial,
    output: Annotated[Path | None, typer.Option(help="Where to; else it is printed.")] = None,
    language: Annotated[Language, typer.Option(help="The label's language.")] = Language.SWEDISH,
) -> None:
    """Write a label for a token as a picture (SVG, 62 by 29 mm): whom it is to be returned to, and its number."""
    translate = translations(language.value).gettext
    with open_setting(ctx) as setting, setting.database.read() as uow:
        token = uow.factors.hardware_tokens.by_serial(serial)
        if token is None:
            raise ConfigurationError(_WORDS[Refusal.UNKNOWN].format(serial=serial, state=""))
        whose = setting.settings
        picture = label_svg(whose.organisation, token.serial, whose.issuer, translate)
    if output is None:
        sys.stdout.write(f"{picture}\n")
    else:
        output.write_text(picture, encoding="utf-8")


def _take(ctx: typer.Context, serial: str, reason: str, act: Callable[..., Moved | Refusal]) -> HardwareToken:
    with open_setting(ctx) as setting, setting.database.write() as uow:
        return _moved(uow, serial, act(uow, serial, reason, setting.occasion()))


def _moved(uow: UnitOfWork, serial: str, moved: Moved | Refusal | Refused) -> HardwareToken:
    if isinstance(moved, Moved):
        return moved.token
    if isinstance(moved, Refused):
        raise ConfigurationError(" ".join(sentences(moved)))
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
