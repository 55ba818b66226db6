"""One directory's settings, checked whole when they are read.

Owns the defaults, and what must hold however the settings were made; a complaint names the key and what was
expected. Knows no file and no environment (`settings_file` reads loose values).
"""

from dataclasses import dataclass, field
from datetime import time
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from directory_sync.attribute_mapping import AttributeMapping
from directory_sync.brake import BrakeSettings
from directory_sync.dn import parse_dn
from directory_sync.profile import Profile
from directory_sync.reading import EntryKind
from directory_sync.sources.openldap import OPENLDAP
from directory_sync.sources.personnel_file import FileSettings

_LARGEST_PAGE = 10_000
_PORTS = {"ldap": 389, "ldaps": 636, "ldapi": 0}


class SettingsError(ValueError):
    """A wrong value in the settings; the text names the key and what was expected."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds. Nothing is ever waited for without an end (L11)."""

    connect: float = 5.0
    operation: float = 15.0
    """One bind, one search, one page of a reading."""
    sign_in: float = 8.0
    """Everything that one check or change of a password asks of the directory."""
    reading: float = 1800.0
    """All pages of one kind of entry."""
    silence: float = 15.0
    """After so long without a word a server that is followed is asked whether it is still there."""


@dataclass(frozen=True, slots=True)
class FollowSettings:
    """Whether changes are followed, and the readings that go on beside it.

    `poll`: seconds between two questions to a server that has to be asked. `mechanism`: the first of the profile's that
    is tried; None: the best. `reconcile_at`: when everything is read once
    a day, in the mapping's time zone: what following can miss is found then, and whoever's last day is over has left.
    """

    enabled: bool = False
    poll: float = 2.0
    reconcile_at: time = time(0, 5)
    mechanism: str | None = None


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server is; `host` is empty and `port` 0 for a socket in the file system (ldapi)."""

    scheme: str
    host: str
    port: int

    @property
    def is_safe_in_the_clear(self) -> bool:
        """Whether nobody else is on the way."""
        if self.scheme == "ldapi" or self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class DirectorySettings:
    """Everything there is to know about reading one directory and binding to it."""

    name: str
    url: str
    base_dn: str
    bind_dn: str
    bind_password: str = field(repr=False)
    person_filter: str = OPENLDAP.person_filter
    unit_filter: str | None = None
    group_filter: str | None = None
    ca_file: Path | None = None
    start_tls: bool = False
    timeouts: Timeouts = field(default_factory=Timeouts)
    page_size: int = 1000
    mapping: AttributeMapping = field(default_factory=AttributeMapping)
    brake: BrakeSettings = field(default_factory=BrakeSettings)
    profile: Profile = OPENLDAP
    follow: FollowSettings = field(default_factory=FollowSettings)
    file: FileSettings | None = None
    """A personnel system's file instead of a server: then there is nothing to connect or bind to."""

    def __post_init__(self) -> None:
        _check(self)

    def filter_of(self, kind: EntryKind) -> str | None:
        """What is an entry of this kind; None if the source lists none."""
        filters = {
            EntryKind.PERSON: self.person_filter,
            EntryKind.UNIT: self.unit_filter,
            EntryKind.GROUP: self.group_filter,
        }
        return filters[kind]

    @property
    def address(self) -> ServerAddress:
        return parse_address(self.url)


def _check(settings: DirectorySettings) -> None:
    if settings.file is not None:
        return
    _check_transport(settings)
    _check_texts(settings)
    _check_mechanism(settings)
    if not 1 <= settings.page_size <= _LARGEST_PAGE:
        raise SettingsError(
            f"page_size: expected a number from 1 to {_LARGEST_PAGE}, found {settings.page_size}"
        )
    if settings.ca_file is not None and not settings.ca_file.is_file():
        raise SettingsError(
            f"ca_file: expected a readable file with certificates, found “{settings.ca_file}”"
        )


def parse_address(url: str) -> ServerAddress:
    """Raises `SettingsError`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingsError(f"url: expected ldaps://HOST:PORT or the like, found “{url}” ({error})") from None
    scheme, host = parts.scheme, parts.hostname or ""
    if scheme not in _PORTS or (scheme != "ldapi" and not host):
        raise SettingsError(f"url: expected ldaps://HOST, ldap://HOST or ldapi://%2Fpath, found “{url}”")
    if parts.username or parts.query or (parts.path not in {"", "/"}):
        raise SettingsError(
            "url: expected only scheme, host and port; base_dn and bind_dn have keys of their own"
        )
    return ServerAddress(scheme, host, port or _PORTS[scheme])


def _check_transport(settings: DirectorySettings) -> None:
    address = parse_address(settings.url)
    if settings.start_tls and address.scheme != "ldap":
        raise SettingsError(f"start_tls: belongs to an ldap:// address, found {address.scheme}://")
    if not (settings.start_tls or address.is_safe_in_the_clear or address.scheme == "ldaps"):
        # A password would travel in the clear (L4).
        raise SettingsError("start_tls: must be true with ldap:// to another machine; or use ldaps://")


def _check_texts(settings: DirectorySettings) -> None:
    for key, value in (("name", settings.name), ("bind_dn", settings.bind_dn), ("base_dn", settings.base_dn)):
        if not value.strip():
            raise SettingsError(f"{key}: expected a text, found nothing")
    if not settings.bind_password:
        # RFC 4513 §5.1.2: an empty password is an anonymous bind that looks like success.
        raise SettingsError("bind_password: expected a password, found nothing")
    for key, dn in (("bind_dn", settings.bind_dn), ("base_dn", settings.base_dn)):
        _check_dn(key, dn)
    for key, text in (
        ("person_filter", settings.person_filter),
        ("unit_filter", settings.unit_filter),
        ("group_filter", settings.group_filter),
    ):
        if text is not None and not (text.startswith("(") and text.endswith(")")):
            raise SettingsError(
                f"{key}: expected a filter such as (objectClass=inetOrgPerson), found “{text}”"
            )


def _check_mechanism(settings: DirectorySettings) -> None:
    wanted, offered = settings.follow.mechanism, settings.profile.mechanisms
    if wanted is not None and wanted not in offered:
        raise SettingsError(f"follow.mechanism: expected one of {', '.join(offered)}, found “{wanted}”")


def _check_dn(key: str, dn: str) -> None:
    try:
        parse_dn(dn)
    except ValueError as error:
        raise SettingsError(f"{key}: {error}") from None
