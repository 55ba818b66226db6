"""`portvakt explain`: why somebody can, or cannot, use an application."""

from ipaddress import ip_address
from typing import Annotated

import typer

from idp.cli.printing import print_json, say
from idp.cli.setting import account_called, open_setting
from idp.configuration.table_reader import did_you_mean
from idp.domain.access import Deny, StepUp
from idp.domain.application import Application
from idp.domain.errors import ConfigurationError
from idp.domain.explain import Explanation
from idp.domain.explain import explain as explained
from idp.domain.occasion import IpAddress
from idp.domain.ports import Catalogue

app = typer.Typer(add_completion=False)


@app.command()
def explain(
    ctx: typer.Context,
    person: Annotated[str, typer.Argument(help="Login or e-mail address.")],
    application: Annotated[str, typer.Argument(help="The application's short name.")],
    source: Annotated[
        str | None, typer.Option("--from", help="The address that the person would come from.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say whether PERSON gets into APPLICATION with the right password, and why."""
    address = _address(source)
    with open_setting(ctx) as setting, setting.database.read() as uow:
        account = account_called(uow, person)
        found = _application(uow.catalogue, application)
        explanation = explained(uow, account, found, address, setting.occasion())
    if as_json:
        print_json(_as_json(explanation))
        return
    say(
        f"{account.login} and {found.title}, from {address or 'nowhere in particular'}"
        f" ({', '.join(sorted(explanation.networks)) or 'no named network'}):"
    )
    for sentence in explanation.sentences:
        say(f"  - {sentence}")
    say(_conclusion(explanation))


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


def _application(catalogue: Catalogue, name: str) -> Application:
    found = catalogue.application(name)
    if found is None:
        names = [application.name for application in catalogue.applications.values()]
        raise ConfigurationError(f"there is no application {name!r}{did_you_mean(name, names)}")
    return found
