"""`portvakt person`: find people, show one whole, hire and move those whom no directory lists, plan and withdraw."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from idp.cli.deciding import settled
from idp.cli.printing import print_json, print_table, say
from idp.cli.setting import account_called, open_setting
from idp.domain import hiring, moving, planned_acts
from idp.domain.errors import ConfigurationError
from idp.domain.hiring import Kind, Newcomer
from idp.domain.planned_acts import Planned
from idp.domain.roles import SERVER, WHOLE
from idp.domain.whole_person import WholePerson, opened, whole
from idp.storage.register import SqlRegister

app = typer.Typer(no_args_is_help=True, help="People: find, show, open, hire, change unit, plan, withdraw.")

Login = Annotated[str, typer.Argument(help="Login or e-mail address of one of the person's accounts.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
_DAY = timedelta(days=1)


@app.command()
def find(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(help="Beginnings of names, logins, addresses, units.")],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Find people by a few letters."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        lines = SqlRegister.of(uow).search(" ".join(words), limit, (WHOLE,), setting.now)
    if as_json:
        print_json(
            [
                {"person": one.person_id, "name": one.shown_name, "login": one.login, "state": one.state}
                for one in lines
            ]
        )
        return
    rows = [(one.shown_name, one.login or "–", one.state or "–", one.person_id) for one in lines]
    print_table(("name", "login", "state", "person"), rows, "Nobody was found.")


@app.command()
def show(ctx: typer.Context, login: Login, as_json: AsJson = False) -> None:
    """Show a person: facts, accounts, what they may use and why, what is planned, history in words."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        account = account_called(uow, login)
        seen = whole(uow, SqlRegister.of(uow), SERVER, account.person_id, setting.occasion())
        if seen is None:
            raise ConfigurationError(f"{login}: the person is gone")
    _print(seen, as_json=as_json)


@app.command("open")
def open_record(ctx: typer.Context, login: Login, reason: Reason, as_json: AsJson = False) -> None:
    """Show a person whose data are protected, unmasked; it is recorded for them to read."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        person, occasion = account_called(uow, login).person_id, setting.occasion()
        seen = settled(opened(uow, SqlRegister.of(uow), SERVER, person, reason, occasion))
    _print(seen, as_json=as_json)


@app.command()
def hire(
    ctx: typer.Context,
    given_name: Annotated[str, typer.Argument()],
    surname: Annotated[str, typer.Argument()],
    kind: Annotated[Kind, typer.Option("--as", help="What they come as.")],
    unit: Annotated[str, typer.Option(help="Code of the unit.")],
    until: Annotated[str, typer.Option(help="The last day, such as 2027-06-30 (UTC).")],
    reason: Reason,
    starts: Annotated[str, typer.Option("--from", help="The first day; else today.")] = "",
    sponsor: Annotated[str, typer.Option(help="Login of who answers for a consultant.")] = "",
    title: Annotated[str, typer.Option()] = "",
) -> None:
    """Hire somebody whom no directory lists, and print the code that lets them set password and factor."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        first = _day(starts, "--from") if starts else setting.now
        last = _day(until, "--until") + _DAY
        new = Newcomer(given_name, surname, kind, unit, title, first, last, sponsor)
        hired = settled(hiring.hire(uow, SERVER, new, reason, setting.occasion()))
    say(hired.invitation.code)
    say(f"For {hired.account.login}, once, until {hired.invitation.expires_at:%Y-%m-%d %H:%M} UTC.")


@app.command("change-unit")
def change_unit(
    ctx: typer.Context,
    login: Login,
    unit: Annotated[str, typer.Argument(help="Code of the new unit.")],
    reason: Reason,
) -> None:
    """Move somebody whom no directory lists."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        person = account_called(uow, login).person_id
        settled(moving.change_unit(uow, SERVER, person, unit, reason, setting.occasion()))
    say(f"{login} belongs to {unit}.")


@app.command()
def plan(
    ctx: typer.Context,
    login: Login,
    act: Annotated[Planned, typer.Argument(help="What is to be done to the account.")],
    at: Annotated[str, typer.Option(help="When, such as 2026-12-31T16:00 (UTC).")],
    reason: Reason,
) -> None:
    """Plan to disable or enable an account."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        account = account_called(uow, login)
        due = _day(at, "--at")
        settled(planned_acts.plan(uow, SERVER, account.id, act, due, reason, setting.occasion()))
    say(f"{account.login}: {act.value} {due:%Y-%m-%d %H:%M} UTC.")


@app.command()
def withdraw(
    ctx: typer.Context,
    planned: Annotated[str, typer.Argument(help="What is planned, from `person show --json`.")],
) -> None:
    """Withdraw what was planned."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        settled(planned_acts.withdraw(uow, SERVER, planned, setting.occasion()))
    say("Withdrawn.")


def _print(seen: WholePerson, *, as_json: bool) -> None:
    described = _described(seen)
    if as_json:
        print_json(described)
        return
    rows = [(key, "\n".join(value) if isinstance(value, list) else value) for key, value in described.items()]
    print_table(
        ("", ""),
        [(key, one) for key, value in rows for one in str(value).split("\n")],
        "",
    )


def _described(seen: WholePerson) -> dict[str, object]:
    return {
        "person": seen.id,
        "name": seen.name,
        "protection": seen.protection.value,
        "employee_number": seen.employee_number,
        "addresses": list(seen.addresses),
        "employments": [", ".join(filter(None, (one.title, one.unit))) for one in seen.employments],
        "origins": [
            f"{name}: {origin.source} {origin.attribute}".strip() for name, origin in seen.origins.items()
        ],
        "accounts": [f"{one.account.login} {one.account.state.value}" for one in seen.accounts],
        "systems": [
            f"{system.application.name}: {system.standing.reasons[0].code}"
            for one in seen.accounts
            for system in one.systems
        ],
        "planned": [f"{one.id} {one.act.value} {one.due_at:%Y-%m-%d %H:%M}" for one in seen.planned],
        "history": [
            f"{one.at:%Y-%m-%d %H:%M} {one.type} {one.who} {one.reason}".strip() for one in seen.history
        ],
    }


def _day(text: str, option: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"{option}: expected a time such as 2026-12-31, found {text!r}") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
