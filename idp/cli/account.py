"""`portvakt account`: one account at a time."""

from datetime import timedelta
from typing import Annotated

import typer

from idp.cli.deciding import had_been_done, settled
from idp.cli.printing import print_json, print_table, say
from idp.cli.setting import account_called, open_setting
from idp.configuration.durations import parse_duration
from idp.domain import administration, locks
from idp.domain.account import Account, AccountState
from idp.domain.errors import ConfigurationError
from idp.domain.ports import UnitOfWork
from idp.domain.roles import SERVER
from mfa import FactorKind, TemporaryCodePurpose, enrolled
from mfa.temporary_access import LONGEST_ACTIVATION_LIFETIME, LONGEST_TEMPORARY_LIFETIME, MOST_USES

_NO_REASON = "on the command line"

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Accounts: show, disable, enable, issue codes."
)

_LOCKED = {
    FactorKind.TOTP: "one-time passwords",
    FactorKind.RECOVERY_CODE: "recovery codes",
    FactorKind.TEMPORARY_CODE: "temporary codes",
    FactorKind.ACTIVATION_CODE: "activation codes",
    FactorKind.PASSWORD: "the password",
    FactorKind.TEXT_MESSAGE: "codes by telephone and mail",
}

Login = Annotated[str, typer.Argument(help="Login or e-mail address.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]
ValidFor = Annotated[str, typer.Option("--valid-for", help="How long, such as 30m, 8h or 3d.")]


@app.command()
def disable(ctx: typer.Context, login: Login, reason: Reason = "") -> None:
    """Disable an account and end its sessions, everywhere and at once."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        found = account_called(uow, login)
        why = reason.strip() or f"disabled {_NO_REASON}"
        already = had_been_done(administration.disable(uow, SERVER, found.id, why, setting.occasion()))
    say(f"{found.login} is disabled{' already' if already else '; its sessions have ended'}.")


@app.command()
def enable(ctx: typer.Context, login: Login, reason: Reason = "") -> None:
    """Enable a disabled account again."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        found = account_called(uow, login)
        why = reason.strip() or f"enabled {_NO_REASON}"
        already = had_been_done(administration.enable(uow, SERVER, found.id, why, setting.occasion()))
        active = uow.accounts.get(found.id)
    if active is None or active.state is not AccountState.ACTIVE:
        raise ConfigurationError(
            f"{found.login} stays disabled: its directory calls it inactive, or only two people can open it"
        )
    say(f"{found.login} is active{' already' if already else ''}.")


@app.command()
def show(
    ctx: typer.Context,
    login: Login,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show an account: state, person, factors, sessions."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        found = account_called(uow, login)
        facts = uow.accounts.facts(found, setting.now)
        factors = [
            {"kind": factor.kind.value, "name": factor.name, "last_used": factor.last_used_at}
            | ({"counter_went_backwards": factor.regressed_at} if factor.regressed_at else {})
            for factor in enrolled(uow.factors, found.id)
        ]
        sessions = len(uow.sessions.of_account(found.id, setting.now))
        described = _described(uow, found) | {
            "groups": sorted(facts.groups),
            "units": sorted(facts.units),
            "factors": factors,
            "sessions": sessions,
            "locked": [
                f"{_locked(lock.kind)} until {lock.until:%Y-%m-%d %H:%M:%S} UTC"
                for lock in locks.locks_of(uow, found.id, setting.occasion())
            ],
        }
    if as_json:
        print_json(described)
        return
    print_table(("", ""), [(name, _words(value)) for name, value in described.items()], "")


@app.command()
def unlock(ctx: typer.Context, login: Login, reason: Reason = "") -> None:
    """Open what too many wrong tries have locked, and say what it was."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        found = account_called(uow, login)
        opened = settled(locks.unlock_for(uow, SERVER, found.id, reason.strip(), setting.occasion()))
    if not opened:
        say(f"Nothing of {found.login} is locked.")
    for lock in opened:
        say(f"{_locked(lock.kind)}: was locked until {lock.until:%Y-%m-%d %H:%M:%S} UTC, is open now.")


@app.command("activation-code")
def activation_code(
    ctx: typer.Context, login: Login, valid_for: ValidFor = "3d", reason: Reason = f"issued {_NO_REASON}"
) -> None:
    """Print a code that lets its holder set up a first factor once; an earlier code stops working."""
    lifetime = _lifetime(valid_for, LONGEST_ACTIVATION_LIFETIME)
    with open_setting(ctx) as setting, setting.database.write() as uow:
        found = account_called(uow, login)
        issued = settled(
            administration.activation_code(uow, SERVER, found.id, lifetime, reason, setting.occasion())
        )
    say(issued.code)
    say(f"For {found.login}, once, until {issued.expires_at:%Y-%m-%d %H:%M} UTC.")


@app.command("temporary-code")
def temporary_code(
    ctx: typer.Context,
    login: Login,
    valid_for: ValidFor = "8h",
    uses: Annotated[int, typer.Option(min=1, max=MOST_USES, help="How many sign-ins.")] = 1,
    bind: Annotated[
        bool, typer.Option("--bind", help="Not to sign in with, but to set up a factor after the password.")
    ] = False,
    reason: Reason = f"issued {_NO_REASON}",
) -> None:
    """Print a code that stands in for the second factor, for someone without their device today."""
    purpose = TemporaryCodePurpose.BIND_FACTOR if bind else TemporaryCodePurpose.SIGN_IN
    lifetime = _lifetime(valid_for, LONGEST_TEMPORARY_LIFETIME)
    with open_setting(ctx) as setting, setting.database.write() as uow:
        found = account_called(uow, login)
        issued = settled(
            administration.temporary_code(
                uow, SERVER, found.id, lifetime, uses, reason, setting.occasion(), purpose
            )
        )
    say(issued.code)
    say(f"For {found.login}, {uses} time(s), until {issued.expires_at:%Y-%m-%d %H:%M} UTC.")


def _locked(kind: FactorKind) -> str:
    return _LOCKED.get(kind.counted_as, kind.value.replace("_", " "))


def _described(uow: UnitOfWork, account: Account) -> dict[str, object]:
    person = uow.people.get(account.person_id)
    return {
        "login": account.login,
        "account": account.id,
        "person": account.person_id,
        "name": person.shown_name if person else "",
        "address": uow.people.primary_address(account.person_id),
        "state": account.state.value,
        "disabled_reason": account.disabled_reason,
        "disabled_at": account.disabled_at,
        "starts": account.starts,
        "cooling_until": account.cooling_until,
        "password": account.directory or account.password_source.value,
        "roles": sorted(role.value for role in account.roles),
    }


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_words(one) for one in value) or "none"
    if isinstance(value, dict):
        return " ".join(str(one) for one in value.values() if one)
    return "–" if value is None else str(value)


def _lifetime(text: str, longest: timedelta) -> timedelta:
    found = parse_duration(text)
    if found is None or not timedelta(0) < found <= longest:
        raise ConfigurationError(
            f"--valid-for: expected a duration such as 8h, at most {longest}, found {text!r}"
        )
    return found
