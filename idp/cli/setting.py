"""What a command needs, built from the settings: engine, keys, database, and who asks.

The command line's composition; `idp.app` is the web's.
"""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer
from sqlalchemy.exc import DBAPIError

from idp.domain.account import Account
from idp.domain.errors import ConfigurationError, Unavailable
from idp.domain.handles import new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import SessionLimits
from idp.keys.sealing import MasterKeys
from idp.settings import Settings, find_file, load
from idp.storage.engine import make_engine
from idp.storage.schema import check, first_line
from idp.storage.unit_of_work import SqlDatabase

_LONGEST_ACTOR = 64


@dataclass(frozen=True, slots=True)
class Setting:
    """One command's surroundings."""

    settings: Settings
    sealer: MasterKeys
    database: SqlDatabase
    now: datetime

    def occasion(self) -> Occasion:
        """Return a new occasion: now, by the user of the operating system."""
        return Occasion(self.now, new_id(), Actor(ActorKind.COMMAND, system_user()), node=self.settings.node)


def read_settings(context: typer.Context) -> Settings:
    """Return the settings that the command is to use."""
    given: Path | None = context.obj
    return load(find_file(given, os.environ, Path.cwd()), os.environ)


@contextmanager
def open_setting(context: typer.Context) -> Iterator[Setting]:
    """Open settings, keys and a database with the right schema; closes the database."""
    settings = read_settings(context)
    sealer = MasterKeys(settings.master_key)
    engine = make_engine(settings.database_url)
    limits = SessionLimits(settings.sessions.absolute, settings.sessions.idle)
    try:
        check(engine)
        yield Setting(settings, sealer, SqlDatabase(engine, sealer, limits), datetime.now(UTC))
    except DBAPIError as error:
        raise Unavailable(f"the database: {first_line(error)}") from error
    finally:
        engine.dispose()


def system_user() -> str:
    """Return who runs the command, for the audit log; behind sudo, who called it."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = str(os.geteuid())
    caller = os.environ.get("SUDO_USER", "")
    return (f"{caller} as {name}" if caller else name)[:_LONGEST_ACTOR]


def account_called(uow: UnitOfWork, login: str) -> Account:
    """Return the account with this login or address; raises ConfigurationError if there is none."""
    found = uow.accounts.by_login(login)
    if found is None:
        raise ConfigurationError(f"no account has the login or address {login!r}")
    return found
