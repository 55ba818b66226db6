"""Configured directories: what was stored of each becomes the library's settings and the rules of a mail domain.

Owns the table `naming` of a directory's settings; everything else in them is `directory_sync`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from directory_sync.settings import DirectorySettings, SettingsError
from directory_sync.settings_file import directory_settings
from idp.domain.errors import ConfigurationError
from idp.domain.naming import Rules
from idp.provisioning.name_desk import MailDomain
from idp.provisioning.ports import ProvisioningUnitOfWork

_NAMING = "naming"


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory to read and bind to, and what its persons' addresses are like."""

    settings: DirectorySettings
    mail: MailDomain

    @property
    def name(self) -> str:
        """The source of its entries."""
        return self.settings.name


def load_directory(uow: ProvisioningUnitOfWork, name: str) -> Directory | None:
    """Return a configured directory; None if there is none of that name."""
    stored = uow.provisioning.directory(name)
    if stored is None:
        return None
    table = {**stored.settings, "name": name, "bind_password": stored.password or ""}
    return read_directory(table, stored.mail_domain, f"directories.{name}")


def load_directories(uow: ProvisioningUnitOfWork, mail_domain: str) -> list[Directory]:
    """Return every configured directory; `mail_domain` stands in where one has none."""
    loaded = [load_directory(uow, name) for name in uow.provisioning.directory_names()]
    return [with_domain(one, mail_domain) for one in loaded if one is not None]


def with_domain(directory: Directory, mail_domain: str) -> Directory:
    """Return the directory with a mail domain, its own if it has one."""
    name = directory.mail.name or mail_domain
    return replace(directory, mail=replace(directory.mail, name=name))


def read_directory(table: Mapping[str, object], mail_domain: str, where: str) -> Directory:
    """Read a directory's table, with name and password; raises ConfigurationError that names the key."""
    settings = {key: value for key, value in table.items() if key != _NAMING}
    try:
        read = directory_settings(settings, where)
    except SettingsError as error:
        raise ConfigurationError(str(error)) from error
    return Directory(
        read, MailDomain(mail_domain.lower(), _rules(table.get(_NAMING, {}), f"{where}.{_NAMING}"))
    )


def check_directory(table: Mapping[str, object], where: str) -> None:
    """Raise ConfigurationError if the table of a directory cannot be used (`configuration`'s DirectoryCheck)."""
    read_directory(table, "", where)


def _rules(table: object, where: str) -> Rules:
    if not isinstance(table, Mapping):
        raise ConfigurationError(f"{where}: expected a table, found {table!r}")
    defaults = Rules()
    known = [one.name for one in fields(Rules)]
    values: dict[str, object] = {}
    for key, value in table.items():
        if key not in known:
            raise ConfigurationError(
                f"{where}.{key}: no such setting; expected one of {', '.join(sorted(known))}"
            )
        values[key] = _value(value, getattr(defaults, key), f"{where}.{key}")
    try:
        return Rules(**values)  # type: ignore[arg-type]  # each was compared with its default's type
    except ValueError as error:
        raise ConfigurationError(f"{where}.{error}") from error


def _value(value: object, default: object, where: str) -> object:
    if isinstance(default, frozenset):
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one for one in value):
            raise ConfigurationError(f"{where}: expected a list of texts, found {value!r}")
        return frozenset(value)
    if type(value) is not type(default):
        expected = {bool: "true or false", int: "a whole number", str: "a text"}[type(default)]
        raise ConfigurationError(f"{where}: expected {expected}, found {value!r}")
    return value
