"""`portvakt session`: living sessions of one account."""

from typing import Annotated

import typer

from idp.cli.printing import print_table, say
from idp.cli.setting import account_called, open_setting
from idp.domain.errors import ConfigurationError
from idp.domain.handles import SessionId
from idp.domain.session import EndReason
from idp.domain.sign_out import end_all_sessions, end_session

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Sessions of one account: list, end.")

Login = Annotated[str, typer.Argument(help="Login or e-mail address.")]


@app.command("list")
def show(ctx: typer.Context, login: Login) -> None:
    """List an account's living sessions, newest first."""
    with open_setting(ctx) as setting, setting.database.read() as uow:
        found = account_called(uow, login)
        sessions = uow.sessions.of_account(found.id, setting.now)
    rows = [
        (
            one.id,
            f"{one.created_at:%Y-%m-%d %H:%M}",
            f"{one.seen_at:%Y-%m-%d %H:%M}",
            one.address,
            one.user_agent,
        )
        for one in sessions
    ]
    print_table(("session", "began (UTC)", "last used", "address", "browser"), rows, "No living session.")


@app.command()
def end(
    ctx: typer.Context,
    login: Login,
    session: Annotated[str | None, typer.Argument(help="One session's id; all of them if not given.")] = None,
) -> None:
    """End one session of an account, or all; every system that takes part is told."""
    with open_setting(ctx) as setting, setting.database.write() as uow:
        found = account_called(uow, login)
        occasion, reason = setting.occasion(), EndReason.ENDED_BY_ADMINISTRATOR
        if session is None:
            ended = end_all_sessions(uow, found.id, reason, occasion)
        elif end_session(uow, SessionId(session), found.id, reason, occasion):
            ended = 1
        else:
            raise ConfigurationError(f"{found.login} has no unended session {session!r}")
    say(f"{ended} session(s) of {found.login} ended.")
