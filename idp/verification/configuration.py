"""The table `[applications.NAME.verification]` of a configuration file, and its way into and out of the store.

    [applications.mainframe.verification]
    secret = { env = "MAINFRAME_SECRET" }
    kinds = ["one_time_password"]
    networks = ["192.0.2.0/28"]

Implements `configuration.ports.ApplicationExtension`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.configuration.table_reader import Problems, TableReader
from idp.domain.errors import ConfigurationError
from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork
from idp.verification.asking_systems import LEAST_SECRET, PROTOCOL, AskingSettings, Kind
from idp.verification.store import read_one, settings_to_json, write_secrets, write_settings

_DEFAULT = AskingSettings()
_LEAST_VARIETY = 8
_LONGEST_SECRET = 200


@dataclass(frozen=True, slots=True)
class AskingConfiguration:
    """One asking system as a file describes it; `key` names its table in problems found later."""

    settings: AskingSettings
    secret: str | None = field(default=None, repr=False)
    previous_secret: str | None = field(default=None, repr=False)
    key: str = field(default="", compare=False)


class AskingExtension:
    """The verification API's part of an application."""

    protocol = PROTOCOL

    def parse(self, table: Mapping[str, object], key: str) -> AskingConfiguration:
        """Return the checked system; raises ConfigurationError with a line for each wrong key."""
        problems = Problems()
        reader = TableReader(table, key, problems)
        settings = AskingSettings(_kinds(reader), tuple(sorted(reader.networks("networks"), key=str)))
        secret, previous = _secret(reader, "secret"), _secret(reader, "previous_secret")
        if previous and not secret:
            problems.add(reader.path("previous_secret"), "expected secret beside it")
        reader.finish()
        problems.raise_any()
        return AskingConfiguration(settings, secret, previous, key)

    def read(self, uow: UnitOfWork, application_id: ApplicationId) -> AskingConfiguration | None:
        """Return what is stored, without secrets."""
        system = read_one(uow, application_id)
        return None if system is None else AskingConfiguration(system.settings)

    def write(self, uow: UnitOfWork, application_id: ApplicationId, value: object) -> None:
        """Store a system; a secret that is not given stays as it is."""
        if not isinstance(value, AskingConfiguration):
            raise TypeError("only what parse() returned can be written")
        write_settings(uow, application_id, value.settings)
        if value.secret is not None:
            write_secrets(uow, application_id, value.secret, value.previous_secret)
        stored = read_one(uow, application_id)
        if stored is None or not stored.secret_macs:
            raise ConfigurationError(
                f'{value.key}.secret: is missing; expected {{ env = "NAME" }} or {{ file = "PATH" }}'
            )

    def dump(self, value: object) -> dict[str, object]:
        """Return the table that `parse` reads as the same system: what is the default is left out."""
        if not isinstance(value, AskingConfiguration):
            raise TypeError("only an asking system's configuration can be dumped")
        table, defaults = settings_to_json(value.settings), settings_to_json(_DEFAULT)
        return {name: one for name, one in table.items() if defaults[name] != one}


def _kinds(reader: TableReader) -> tuple[Kind, ...]:
    if not reader.has("kinds"):
        return _DEFAULT.kinds
    known = {kind.value: kind for kind in Kind}
    named = reader.texts("kinds")
    if not named or not set(named) <= known.keys():
        reader.wrong("kinds", f"some of {', '.join(known)}")
        return _DEFAULT.kinds
    # In one order, so that a file's own order is no difference.
    return tuple(kind for kind in Kind if kind.value in named)


def _secret(reader: TableReader, name: str) -> str | None:
    """Return a secret; its value is never part of a problem's text."""
    value = reader.raw(name)
    if value is None:
        return None
    if not isinstance(value, str) or not _good(value):
        reader.problems.add(
            reader.path(name), f"expected at least {LEAST_SECRET} random characters (openssl rand -hex 24)"
        )
        return None
    return value


def _good(secret: str) -> bool:
    long_enough = LEAST_SECRET <= len(secret) <= _LONGEST_SECRET
    return long_enough and secret.isascii() and secret.isprintable() and len(set(secret)) >= _LEAST_VARIETY
