"""`portvakt application`: systems, who decided what about single people, their own roles, opening and closing.

Policies and secrets are in files of their own.
"""

from typing import Annotated

import typer

from idp.cli.application_policy import change_policy, show_policy
from idp.cli.application_secrets import add_key, end_old_secret, new_secret, remove_key
from idp.cli.deciding import application_called, end_of_day, had_been_done, settled
from idp.cli.printing import print_json, print_table, say
from idp.cli.setting import open_setting
from idp.domain import entitlements, systems
from idp.domain.entitlements import DefinedRole, Entitlement, Kind
from idp.domain.handles import AccountId
from idp.domain.roles import SERVER, Role, application_scope

app = typer.Typer(
    no_args_is_help=True,
    help="Systems: list, show, open, close, policy, secrets, let people in or keep them out, roles.",
)
app.command()(show_policy)
app.command()(change_policy)
app.command()(new_secret)
app.command()(end_old_secret)
app.command()(add_key)
app.command()(remove_key)

Name = Annotated[str, typer.Argument(help="The system's short name.")]
Login = Annotated[str, typer.Argument(help="Login or e-mail address.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]
Until = Annotated[str, typer.Option(help="The last day, such as 2027-06-30 (UTC).")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command("list")
def list_applications(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List every system."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        found = sorted(uow.catalogue.applications.values(), key=lambda one: one.name)
    rows = [(one.name, one.title, one.protocol, "open" if one.enabled else "closed") for one in found]
    if as_json:
        print_json([dict(zip(("name", "title", "protocol", "state"), row, strict=True)) for row in rows])
        return
    print_table(("name", "title", "protocol", "state"), rows, "No system is connected.")


@app.command()
def show(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Show a system: its owners, its policy in short, what is decided about single people."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        one = application_called(uow, name)
        scope, audience = application_scope(one.id), one.policy.audience
        held = uow.entitlements.of_application(one.id, setting.now)
        described = {
            "name": one.name,
            "title": one.title,
            "protocol": one.protocol,
            "state": "open" if one.enabled else "closed",
            "owners": [
                role.login
                for role in uow.roles.held(setting.now)
                if role.grant.scope == scope and role.grant.role is Role.SYSTEM_OWNER
            ],
            "open_for": ["everyone"]
            if audience.everyone
            else [*sorted(audience.groups), *sorted(audience.units)],
            "policy_version": one.policy.version,
            "file": uow.systems.file_of(one.name),
            "roles": [role.role for role in uow.entitlements.defined(one.id)],
            "decided": [
                " ".join(filter(None, (found.login, found.entitlement.kind.value, found.entitlement.role)))
                for found in held
            ],
        }
    if as_json:
        print_json(described)
        return
    rows = [(key, ", ".join(value) if isinstance(value, list) else value) for key, value in described.items()]
    print_table(("", ""), rows, "")


@app.command("close")
def close(ctx: typer.Context, name: Name, reason: Reason) -> None:
    """Close a system to everybody; nothing of it is deleted."""
    _open_or_close(ctx, name, reason, enabled=False)


@app.command("open")
def reopen(ctx: typer.Context, name: Name, reason: Reason) -> None:
    """Open a closed system again."""
    _open_or_close(ctx, name, reason, enabled=True)


@app.command("let-in")
def let_in(ctx: typer.Context, name: Name, login: Login, reason: Reason, until: Until = "") -> None:
    """Let somebody in beside those whom the policy lets in."""
    _decide(ctx, name, login, Kind.LET_IN, "", reason, until)


@app.command("keep-out")
def keep_out(ctx: typer.Context, name: Name, login: Login, reason: Reason, until: Until = "") -> None:
    """Keep somebody out, whatever the policy says, and sign them out of the system."""
    _decide(ctx, name, login, Kind.KEPT_OUT, "", reason, until)


@app.command("end-decision")
def end_decision(ctx: typer.Context, name: Name, login: Login, reason: Reason) -> None:
    """Let the policy alone say again whether somebody may use the system."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        system, occasion = application_called(uow, name).id, setting.occasion()
        ended = 0
        for kind in (Kind.LET_IN, Kind.KEPT_OUT):
            one = Entitlement(system, AccountId(""), kind)
            ended += not had_been_done(entitlements.withdraw(uow, SERVER, login, one, reason, occasion))
    say(
        f"The policy of {name} decides about {login}."
        if ended
        else f"Nothing was decided about {login} in {name}."
    )


@app.command("define-role")
def define_role(
    ctx: typer.Context,
    name: Name,
    role: Annotated[str, typer.Argument(help="As the system writes it.")],
    title: Annotated[str, typer.Option(help="What people call it.")],
    reason: Reason,
) -> None:
    """Name a role that the system itself knows, so that it can be assigned."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        system = application_called(uow, name).id
        defined = DefinedRole(role, title)
        settled(entitlements.define(uow, SERVER, system, defined, reason, setting.occasion()))
    say(f"{name} has the role {role}.")


@app.command("assign-role")
def assign_role(
    ctx: typer.Context,
    name: Name,
    login: Login,
    role: Annotated[str, typer.Argument(help="A role that the system knows.")],
    reason: Reason,
    until: Until = "",
) -> None:
    """Assign one of the system's own roles."""
    _decide(ctx, name, login, Kind.ROLE, role, reason, until)


@app.command("end-role")
def end_role(
    ctx: typer.Context,
    name: Name,
    login: Login,
    role: Annotated[str, typer.Argument(help="A role that the system knows.")],
    reason: Reason,
) -> None:
    """End one of the system's own roles for somebody."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        one = Entitlement(application_called(uow, name).id, AccountId(""), Kind.ROLE, role)
        done = entitlements.withdraw(uow, SERVER, login, one, reason, setting.occasion())
        already = had_been_done(done)
    say(f"{login} {'does not have' if already else 'no longer has'} the role {role} in {name}.")


def _decide(
    ctx: typer.Context, name: str, login: str, kind: Kind, role: str, reason: str, until: str
) -> None:
    ends = end_of_day(until, "--until")
    with open_setting(ctx) as setting, setting.database.write() as uow:
        one = Entitlement(application_called(uow, name).id, AccountId(""), kind, role, ends)
        already = had_been_done(entitlements.give(uow, SERVER, login, one, reason, setting.occasion()))
    said = {Kind.LET_IN: "is let in", Kind.KEPT_OUT: "is kept out", Kind.ROLE: f"has the role {role}"}[kind]
    say(f"{login}: {said}{' already' if already else ''} ({name}).")


def _open_or_close(ctx: typer.Context, name: str, reason: str, *, enabled: bool) -> None:
    with open_setting(ctx) as setting, setting.database.write() as uow:
        system = application_called(uow, name).id
        done = systems.open_or_close(
            uow, SERVER, system, enabled=enabled, reason=reason, occasion=setting.occasion()
        )
        already = had_been_done(done)
    say(f"{name} is {'open' if enabled else 'closed'}{' already' if already else ''}.")
