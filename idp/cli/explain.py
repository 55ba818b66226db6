"""`portvakt explain`: why somebody can, or cannot, use an application."""

from datetime import UTC, datetime, time
from ipaddress import ip_address
from typing import Annotated

import typer

from idp.cli.printing import print_json, say
from idp.cli.setting import account_called, open_setting
from idp.configuration.table_reader import did_you_mean
from idp.domain import reach
from idp.domain.access import Deny, StepUp
from idp.domain.application import Application
from idp.domain.errors import ConfigurationError
from idp.domain.explain import Explanation
from idp.domain.explain import explain as explained
from idp.domain.occasion import IpAddress
from idp.domain.ports import Catalogue
from idp.domain.reach import Way
from idp.domain.reasons import sentence

app = typer.Typer(add_completion=False)


@app.command()
def explain(
    ctx: typer.Context,
    person: Annotated[str, typer.Argument(help="Login or e-mail address.")],
    application: Annotated[str, typer.Argument(help="The application's short name.")],
    source: Annotated[
        str | None, typer.Option("--from", help="The address that the person would come from.")
    ] = None,
    day: Annotated[str, typer.Option("--on", help="A past day, such as 2026-11-01: as it was then.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say whether PERSON gets into APPLICATION with the right password, why, and what would change it."""
    address = _address(source)
    if day:
        _then(ctx, person, application, address, end_of(day))
        return
    with open_setting(ctx) as setting, setting.database.read() as uow:
        account = account_called(uow, person)
        found = application_called(uow.catalogue, application)
        explanation = explained(uow, account, found, address, setting.occasion())
        (known,) = uow.archive.everybody(setting.now, past=False, account=account.id)
        made = reach.explained(known, found, uow.catalogue, setting.now, address)
        changes = [sentence(reason) for reason in made.changes]
    if as_json:
        print_json(_as_json(explanation) | {"changes": changes})
        return
    say(
        f"{account.login} and {found.title}, from {address or 'nowhere in particular'}"
        f" ({', '.join(sorted(explanation.networks)) or 'no named network'}):"
    )
    for why in explanation.sentences:
        say(f"  - {why}")
    for change in changes:
        say(f"  ? {change}")
    say(_conclusion(explanation))


def _then(ctx: typer.Context, person: str, application: str, address: IpAddress | None, at: datetime) -> None:
    """Answer for a past day, from what was kept then."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        account = account_called(uow, person)
        catalogue = uow.archive.catalogue(at)
        if catalogue is None:
            raise ConfigurationError(f"nothing was kept as long ago as {at:%Y-%m-%d}")
        found = application_called(catalogue, application)
        everybody = uow.archive.everybody(at, past=True, account=account.id)
    if not everybody:
        raise ConfigurationError(f"{account.login} was not there on {at:%Y-%m-%d}")
    made = reach.explained(everybody[0], found, catalogue, at, address)
    say(f"{account.login} and {found.title}, on {at:%Y-%m-%d}, from {address or 'nowhere in particular'}:")
    for reason in made.reasons:
        say(f"  - {sentence(reason)}")
    for reason in made.changes:
        say(f"  ? {sentence(reason)}")
    say({Way.IN: "Let in.", Way.NEEDS_FACTOR: "Not let in: no second factor."}.get(made.way, "Not let in."))


def end_of(day: str) -> datetime:
    """Return the last moment of a day (UTC)."""
    try:
        return datetime.combine(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC), time.max, UTC)
    except ValueError as error:
        raise ConfigurationError(f"--on: expected a day such as 2026-11-01, found {day!r}") from error


def _conclusion(explanation: Explanation) -> str:
    match explanation.decision:
        case Deny():
            return "Not let in."
        case StepUp():
            if explanation.has_second_factor:
                return "Let in with a second factor, which the account has."
            return "Not let in: a second factor is needed, and the account has none yet."
        case _:
            return "Let in with the password."


def _as_json(explanation: Explanation) -> dict[str, object]:
    decision = explanation.decision
    return {
        "decision": {"Deny": "deny", "StepUp": "step_up"}.get(type(decision).__name__, "permit"),
        "assurance": decision.assurance.name.lower() if isinstance(decision, StepUp) else None,
        "can_get_in": explanation.can_get_in,
        "has_second_factor": explanation.has_second_factor,
        "networks": sorted(explanation.networks),
        "reasons": [{"code": reason.code, **reason.values} for reason in decision.reasons],
        "sentences": [*explanation.sentences],
    }


def _address(text: str | None) -> IpAddress | None:
    try:
        return ip_address(text) if text else None
    except ValueError as error:
        raise ConfigurationError(
            f"--from: expected an address such as 203.0.113.7, found {text!r}"
        ) from error


def application_called(catalogue: Catalogue, name: str) -> Application:
    """Return the application of this short name; raises ConfigurationError."""
    found = catalogue.application(name)
    if found is None:
        names = [application.name for application in catalogue.applications.values()]
        raise ConfigurationError(f"there is no application {name!r}{did_you_mean(name, names)}")
    return found
