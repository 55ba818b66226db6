"""Whether a directory can be read as its settings say, and what time it has.

For whoever looks after the installation: one short exchange, nothing is kept. Raises `DirectoryFault` in
words when something fails.
"""

from dataclasses import dataclass
from datetime import datetime

import ldap

from directory_sync.entry import DirectoryEntry
from directory_sync.generalized_time import parse_generalized_time
from directory_sync.settings import DirectorySettings
from directory_sync.sources.ldap_connection import Deadline, DirectoryFault, LdapConnection, words

_CLOCK_OF_THE_MONITOR = ("cn=Current,cn=Time,cn=Monitor", "monitorTimestamp")
_CLOCK_OF_THE_ROOT = ("", "currentTime")
_PAGE = 1


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found.

    `clock` is the directory's time, where it tells it; `written_at` the time of its latest change, which its
    clock cannot be behind. `key` says whether the first person has the immutable key.
    """

    persons: bool
    key: bool
    clock: datetime | None
    written_at: datetime | None


def examine(settings: DirectorySettings) -> Examined:
    """Connect, bind, and look at the base and one person."""
    with LdapConnection(settings, Deadline(settings.timeouts.sign_in)) as connection:
        connection.bind_for_reading()
        if _read(connection, settings.base_dn, "1.1") is None:
            raise DirectoryFault(f"base_dn {settings.base_dn} does not exist, or bind_dn may not read it")
        pages = connection.pages(
            settings.base_dn, settings.person_filter, (settings.profile.key_attribute,), _PAGE
        )
        first = next((entry for entry in next(pages).entries), None)
        return Examined(
            persons=first is not None,
            key=first is not None and _has_key(settings, *first),
            clock=_clock(connection),
            written_at=_written_at(connection, settings.base_dn),
        )


def _has_key(settings: DirectorySettings, dn: str, raw: dict[str, list[bytes]]) -> bool:
    return isinstance(
        settings.profile.decode(settings.name, dn, raw),
        DirectoryEntry,
    )


def _clock(connection: LdapConnection) -> datetime | None:
    for dn, attribute in (_CLOCK_OF_THE_ROOT, _CLOCK_OF_THE_MONITOR):
        times = _times(_read(connection, dn, attribute), attribute)
        if times:
            return times[0]
    return None


def _written_at(connection: LdapConnection, base_dn: str) -> datetime | None:
    # A change sequence number begins with the time of the change (draft-ietf-ldup-model, as in RFC 4533's servers).
    return max(_times(_read(connection, base_dn, "contextCSN"), "contextCSN"), default=None)


def _read(connection: LdapConnection, dn: str, attribute: str) -> dict[str, list[bytes]] | None:
    """Return one entry's attribute; None if there is no such entry, or it may not be read."""
    try:
        data, _ = connection.result(
            connection.handle.search_ext(dn, ldap.SCOPE_BASE, "(objectClass=*)", [attribute])
        )
    except (ldap.NO_SUCH_OBJECT, ldap.INSUFFICIENT_ACCESS):
        return None
    except ldap.LDAPError as error:
        raise DirectoryFault(words(error)) from error
    return next((raw for found, raw in data if found is not None), None)


def _times(raw: dict[str, list[bytes]] | None, attribute: str) -> list[datetime]:
    found = []
    for name, values in (raw or {}).items():
        for value in values if name.lower() == attribute.lower() else ():
            try:
                found.append(parse_generalized_time(value.decode("ascii").partition("#")[0]))
            except ValueError:
                continue  # an unreadable time is as good as none
    return found
