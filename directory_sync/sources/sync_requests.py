"""How content synchronisation (RFC 4533) is asked for, and the cookies that it goes by.

Owns the requests, and the cookies' form: one for each kind of entry, kept together as JSON. Following by a search that
goes on and by one that is asked again and again go by the same cookies: either takes over where the other was.
"""

import json
from collections.abc import Mapping

import ldap
from ldap.syncrepl import SyncDoneControl, SyncRequestControl

from directory_sync.changes import CookieForgotten, FeedFault
from directory_sync.reading import EntryKind
from directory_sync.settings import DirectorySettings
from directory_sync.sources.ldap_connection import Deadline, DirectoryFault, LdapConnection

CONTROL = SyncRequestControl.controlType
Cookies = Mapping[EntryKind, str]


def kinds_of(settings: DirectorySettings) -> list[EntryKind]:
    """The kinds of entry that the source lists."""
    return [kind for kind in EntryKind if settings.filter_of(kind) is not None]


def write_cookies(cookies: Cookies) -> str:
    return json.dumps({kind.value: cookie for kind, cookie in cookies.items()})


def read_cookies(settings: DirectorySettings, text: str) -> Cookies:
    """Raises `CookieForgotten` if they are of other kinds than are read now."""
    cookies: dict[str, str] = json.loads(text)
    if set(cookies) != {kind.value for kind in kinds_of(settings)}:
        raise CookieForgotten("other kinds of entry are read than before")
    return {EntryKind(name): cookie for name, cookie in cookies.items()}


def ask_for_changes(
    connection: LdapConnection, settings: DirectorySettings, kind: EntryKind, mode: str, cookie: str
) -> int:
    """Ask for what has happened since the cookie; `mode` is RFC 4533 §2.2's. Returns the search's number."""
    request = SyncRequestControl(mode=mode, cookie=cookie)
    attributes = list(settings.profile.wanted_attributes(kind, settings.mapping))
    return connection.ask(
        settings.base_dn, ldap.SCOPE_SUBTREE, settings.filter_of(kind), attributes, serverctrls=[request]
    )


def mark(settings: DirectorySettings) -> str:
    """The cookies of this moment. Raises `FeedFault`."""
    try:
        with LdapConnection(settings, Deadline(settings.timeouts.reading)) as connection:
            connection.bind_for_reading()
            return write_cookies({kind: _mark(connection, settings, kind) for kind in kinds_of(settings)})
    except DirectoryFault as fault:
        raise FeedFault(str(fault)) from fault


def _mark(connection: LdapConnection, settings: DirectorySettings, kind: EntryKind) -> str:
    """The server's own word where it can be read, else the end of a refresh that asks for no attribute."""
    if settings.profile.cookie_from_context:
        context = connection.read(settings.base_dn, ["contextCSN"]) or {}
        numbers = sorted(value.decode("ascii") for values in context.values() for value in values)
        if numbers:
            return f"rid=000,csn={';'.join(numbers)}"
    request = SyncRequestControl(mode="refreshOnly")
    arguments = (settings.base_dn, ldap.SCOPE_SUBTREE, settings.filter_of(kind), ["1.1"])
    message = connection.ask(*arguments, serverctrls=[request])
    while True:
        answer = connection.next_answer(message, settings.timeouts.operation)
        if answer is not None and answer[0] == ldap.RES_SEARCH_RESULT:
            done = next((c for c in answer[3] if isinstance(c, SyncDoneControl)), None)
            if done is None or done.cookie is None:
                raise DirectoryFault("the directory gave no cookie to go on from")
            return str(done.cookie)
