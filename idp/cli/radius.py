"""`portvakt radius`: the RADIUS server as a process of its own, what it would answer, and who is connected."""

import signal
import threading
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated

import typer

from idp.cli.printing import print_json, print_table, say
from idp.cli.setting import Setting, account_called, open_setting, read_settings
from idp.configuration.table_reader import did_you_mean
from idp.domain.application import Application
from idp.domain.errors import ConfigurationError
from idp.domain.ports import UnitOfWork
from idp.radius.dry_run import DryRun, dry_run
from idp.radius.nas import PROTOCOL
from idp.radius.store import connections
from idp.radius.store.connections import NetworkConnection

app = typer.Typer(help="RADIUS: the server, and what it would answer.", invoke_without_command=True)

_HEADS = ("NAS", "login", "from", "address", "since", "until", "cut")


@app.callback()
def radius(ctx: typer.Context) -> None:
    """Serve RADIUS until the process is ended; several may run side by side on one port."""
    if ctx.invoked_subcommand is not None:
        return
    from idp.remote_access import build_radius  # noqa: PLC0415 - imports much

    server = build_radius(read_settings(ctx))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server.run(stop)


@app.command()
def reply(
    ctx: typer.Context,
    person: Annotated[str, typer.Argument(help="Login or e-mail address.")],
    nas: Annotated[str, typer.Argument(help="The application's name.")],
    source: Annotated[str, typer.Option("--from", help="Where the person is: an address.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what PERSON would be answered through NAS, with the attributes of the reply; nothing is sent."""
    try:
        address = ip_address(source) if source else None
    except ValueError as error:
        raise ConfigurationError(f"--from: expected an address, found {source!r}") from error
    with open_setting(ctx) as setting, setting.database.read() as uow:
        account = account_called(uow, person)
        run = dry_run(uow, account, _nas(uow, nas), address, setting.occasion())
    if run is None:
        raise ConfigurationError(f"{nas}: has no settings as a network access server")
    if as_json:
        print_json(_as_json(run))
        return
    say(f"{account.login} through {run.application.title}: {run.answer}")
    for sentence in run.explanation.sentences:
        say(f"  - {sentence}")
    if run.message:
        say(f"Reply-Message: {run.message}")
    rows = [(line.attribute, line.value, line.group, line.problem) for line in run.lines]
    print_table(
        ("attribute", "value", "for group", "problem"), rows, "The reply has no attributes of its own."
    )


@app.command("connections")
def show_connections(
    ctx: typer.Context,
    person: Annotated[str, typer.Option(help="Whose: login or e-mail address.")] = "",
    nas: Annotated[str, typer.Option(help="Through which application.")] = "",
    address: Annotated[str, typer.Option(help="Who had this address, now or --at.")] = "",
    at: Annotated[str, typer.Option(help="A moment: 2026-11-26T08:30:00+01:00.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show who is or was connected from where, with what address, and how it went to cut somebody off."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        found = _found(uow, setting, person, nas, address, at)
        names = {str(one.id): one.name for one in uow.catalogue.applications.values()}
    if as_json:
        print_json([{**asdict(one), "nas": names.get(one.application_id)} for one in found])
        return
    print_table(_HEADS, [_row(one, names.get(one.application_id, "–")) for one in found], "No connections.")


def _found(
    uow: UnitOfWork, setting: Setting, person: str, nas: str, address: str, at: str
) -> Sequence[NetworkConnection]:
    if [bool(person), bool(nas), bool(address)].count(True) != 1:
        raise ConfigurationError("connections: expected one of --person, --nas and --address")
    if person:
        return connections.of_accounts(uow, [account_called(uow, person).id])
    if nas:
        return connections.of_application(uow, _nas(uow, nas).id)
    return connections.with_address(uow, address, _moment(at) if at else setting.now)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 - refused in the next line, as every moment without a zone
    if moment.tzinfo is None:
        raise ConfigurationError(f"--at: expected a moment such as 2026-11-26T08:30:00+01:00, found {text!r}")
    return moment


def _nas(uow: UnitOfWork, name: str) -> Application:
    found = uow.catalogue.application(name)
    if found is None or found.protocol != PROTOCOL:
        names = [one.name for one in uow.catalogue.applications.values() if one.protocol == PROTOCOL]
        raise ConfigurationError(f"there is no network access server {name!r}{did_you_mean(name, names)}")
    return found


def _row(one: NetworkConnection, nas: str) -> tuple[str, ...]:
    until = f"{one.ended_at:%Y-%m-%d %H:%M}" if one.ended_at else "connected"
    cut = f"{one.disconnect_outcome}: {one.disconnect_detail}" if one.disconnect_outcome else ""
    return nas, one.login, one.address, one.framed_address, f"{one.started_at:%Y-%m-%d %H:%M}", until, cut


def _as_json(run: DryRun) -> dict[str, object]:
    return {
        "answer": run.answer,
        "message": run.message,
        "sentences": [*run.explanation.sentences],
        "attributes": [asdict(line) for line in run.lines],
    }
