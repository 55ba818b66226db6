"""`portvakt audit export|extract|incident`: what leaves the log, as files; each takes a reason and is recorded."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.deciding import moment, settled
from idp.cli.printing import say
from idp.cli.setting import Setting, account_called, open_setting
from idp.domain.audit_reading import HEADS, Chosen, Masker, Masking, may_export, own_extract, row_of
from idp.domain.errors import ConfigurationError
from idp.domain.incident import Period, may_export_incident
from idp.domain.plain_text import for_spreadsheet
from idp.domain.register import HistoryLine
from idp.domain.roles import SERVER
from idp.storage.register import SqlRegister

Csv = Annotated[Path, typer.Argument(help="Where the CSV goes; nothing is overwritten.")]
Reason = Annotated[str, typer.Option(help="Why; the export is itself in the log.")]


def export(
    ctx: typer.Context,
    reason: Reason,
    file: Csv,
    since: Annotated[str | None, typer.Option(help="From this day or moment on.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this day or moment.")] = None,
    event: Annotated[str | None, typer.Option("--type", help="Only events of this type.")] = None,
    masking: Annotated[Masking, typer.Option(help="Whether people are numbers.")] = Masking.PEOPLE,
) -> None:
    """Export a period as CSV, by default without names; the same rows as the page's."""
    chosen = Chosen(
        moment(since, "--since") if since else None, moment(until, "--until") if until else None, event or ""
    )
    _not_there(file)
    with open_setting(ctx) as setting:
        with setting.database.write() as uow:
            refused = may_export(uow, SERVER, chosen, masking, reason, setting.occasion())
            if refused is not None:
                settled(refused)
        _write(setting, file, chosen, Masker(masking).shown)


def extract(
    ctx: typer.Context,
    login: Annotated[str, typer.Argument(help="Login or e-mail address of one of the person's accounts.")],
    file: Csv,
    reason: Reason,
) -> None:
    """Export a person's own extract: everything about them, who opened their record included; staff are numbers."""
    _not_there(file)
    with open_setting(ctx) as setting:
        with setting.database.write() as uow:
            person, occasion = account_called(uow, login).person_id, setting.occasion()
            chosen = settled(own_extract(uow, SqlRegister.of(uow), SERVER, person, reason, occasion))
        _write(setting, file, chosen, Masker(Masking.PEOPLE).staff_hidden)


def incident(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where the ZIP goes; nothing is overwritten.")],
    since: Annotated[str, typer.Option(help="From this day or moment on, such as 2026-11-24T16:00 (UTC).")],
    until: Annotated[str, typer.Option(help="Before this day or moment; 92 days at most.")],
    reason: Reason,
    login: Annotated[str, typer.Option(help="Only what this person did or met with.")] = "",
    system: Annotated[str, typer.Option(help="Only about this system, by its short name.")] = "",
    reference: Annotated[str, typer.Option(help="Only under this reference number.")] = "",
) -> None:
    """Export an incident: time line, affected people and systems, as three CSV files in a ZIP."""
    from idp.web.incident_file import incident_sheets  # noqa: PLC0415 - the web's library: half a second
    from idp.web.zip_export import zip_chunks  # noqa: PLC0415 - as above

    period = Period(moment(since, "--since"), moment(until, "--until"), login, system, reference)
    _not_there(file)
    with open_setting(ctx) as setting:
        with setting.database.write() as uow:
            chosen = settled(may_export_incident(uow, SERVER, period, reason, setting.occasion()))
        with file.open("xb") as out, setting.database.read() as uow:
            out.writelines(zip_chunks(incident_sheets(SqlRegister.of(uow), chosen)))
    say(f"{file}: the time line, people and systems.")


def _write(setting: Setting, file: Path, chosen: Chosen, shown: Callable[[HistoryLine], HistoryLine]) -> None:
    count = 0
    with file.open("x", encoding="utf-8", newline="") as out, setting.database.read() as uow:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(HEADS)
        for line in SqlRegister.of(uow).log().stream(chosen):
            writer.writerow([for_spreadsheet(cell) for cell in row_of(shown(line))])
            count += 1
    say(f"{file}: {count} records.")


def _not_there(file: Path) -> None:
    """Ask before it is recorded that something was exported."""
    if file.exists():
        raise ConfigurationError(f"{file}: is there already")
