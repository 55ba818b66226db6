"""`portvakt audit`: show the log, prove that it is whole, take checkpoints, weed payloads under a decision."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.audit_export import export, extract, incident
from idp.cli.audit_review import review
from idp.cli.deciding import moment
from idp.cli.printing import complain, print_json, print_table, say
from idp.cli.setting import Setting, open_setting
from idp.domain.audit import record
from idp.domain.errors import ConfigurationError
from idp.domain.events import AuditExported
from idp.storage import audit_checkpoints
from idp.storage.audit_chain import seal_next
from idp.storage.audit_checkpoints import BadLine, Checkpoint
from idp.storage.audit_diagnosis import Broken
from idp.storage.audit_reading import Filter, newest
from idp.storage.audit_verification import verify as verified
from idp.storage.audit_weeding import NoDecision, NothingToWeed
from idp.storage.audit_weeding import weed as weeded

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The audit log: show, review, export, verify, checkpoint, weed.",
)
app.command()(export)
app.command()(extract)
app.command()(incident)
app.command()(review)

CheckpointFile = Annotated[
    Path | None, typer.Option(help="The file of checkpoints; else audit.checkpoint_file of the settings.")
]


@app.command()
def verify(
    ctx: typer.Context,
    checkpoints: CheckpointFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check the whole log; name the first record that was altered, removed, reordered or cut off."""
    with open_setting(ctx) as setting:
        known = _checkpoints(setting, checkpoints)
        with setting.database.read() as uow:
            found = verified(uow.connection, setting.sealer, known)
    if isinstance(found, Broken):
        where = "a record that is not sealed yet" if found.position is None else f"place {found.position}"
        if as_json:
            print_json(
                {
                    "intact": False,
                    "what": found.what.value,
                    "position": found.position,
                    "record": found.record_id,
                    "detail": found.detail,
                }
            )
        complain(
            f"the log is not whole: {where} (record {found.record_id}) was {found.what.value}: {found.detail}"
        )
        raise typer.Exit(1)
    if as_json:
        print_json(
            {
                "intact": True,
                "records": found.count,
                "weeded": found.weeded,
                "unsealed": found.unsealed,
                "checkpoints": len(known),
                "head": found.head,
            }
        )
        return
    say(
        f"The log is whole: {found.count} sealed records, {found.weeded} of them weeded under a decision, "
        f"{found.unsealed} waiting to be sealed; {len(known)} checkpoints agree."
    )


@app.command()
def checkpoint(ctx: typer.Context, file: CheckpointFile = None) -> None:
    """Seal what waits and write down where the chain ends. Ship the file to another machine."""
    with open_setting(ctx) as setting:
        path = file or setting.settings.checkpoint_file
        with setting.database.write() as uow:
            record(uow.audit, AuditExported(object=str(path or "standard output")), setting.occasion())
        while seal_next(setting.database, setting.sealer, setting.now, complete=True):
            pass
        with setting.database.read() as uow:
            if path is None:
                taken = audit_checkpoints.take(uow.connection, setting.sealer, setting.now)
                say(audit_checkpoints.as_line(taken))
                return
            made = audit_checkpoints.append(path, uow.connection, setting.sealer, setting.now)
    say(f"{path}: {f'{made.count} records' if made else 'nothing new since the last checkpoint'}")


@app.command()
def weed(
    ctx: typer.Context,
    before: Annotated[str, typer.Option(help="Payloads of records before this day, such as 2024-01-01.")],
    decision: Annotated[
        str, typer.Option(help="Reference to the decision (gallringsbeslut); goes into the log.")
    ],
    event: Annotated[
        list[str] | None, typer.Option("--type", help="Only events of this type; repeatable.")
    ] = None,
) -> None:
    """Erase the payloads of old records under a recorded decision; the chain still verifies."""
    with open_setting(ctx) as setting:
        outcome = weeded(
            setting.database, moment(before, "--before"), decision, setting.occasion(), event or ()
        )
    match outcome:
        case NoDecision():
            raise ConfigurationError("--decision: expected a reference to the decision")
        case NothingToWeed():
            say("No payload is that old.")
        case _:
            say(f"The payloads of {outcome.count} records were erased.")


@app.command()
def show(
    ctx: typer.Context,
    login: Annotated[str | None, typer.Option(help="Only about this account.")] = None,
    reference: Annotated[str | None, typer.Option(help="Only under this reference number.")] = None,
    event: Annotated[
        str | None, typer.Option("--type", help="Only events of this type, such as signin.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="From this day or moment on, such as 2026-11-24.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this day or moment.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most this many, the newest.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show records, newest first."""
    period = (moment(since, "--since") if since else None, moment(until, "--until") if until else None)
    with open_setting(ctx) as setting, setting.database.read() as uow:
        subjects: tuple[str, ...] = ()
        if login is not None:
            account = uow.accounts.by_login(login)
            subjects = (account.id, account.person_id) if account else (login,)
        rows = newest(uow.connection, Filter(subjects, reference or "", event or "", *period), limit)
    if as_json:
        print_json(rows)
        return
    print_table(
        ("at (UTC)", "event", "actor", "subject", "object", "reason", "reference"),
        [
            (
                f"{row['at']:%Y-%m-%d %H:%M:%S}",
                row["type"],
                f"{row['actor_kind']} {row['actor']}".strip(),
                row["subject"],
                row["object"],
                row["reason"],
                row["request_id"],
            )
            for row in rows
        ],
        "No such record.",
    )


def _checkpoints(setting: Setting, given: Path | None) -> Sequence[Checkpoint]:
    path = given or setting.settings.checkpoint_file
    if path is None or (given is None and not path.exists()):
        return ()
    found = audit_checkpoints.read(path, setting.sealer)
    if isinstance(found, BadLine):
        raise ConfigurationError(f"{path}: line {found.line}: {found.problem}")
    return found
