"""One connection to an LDAP server.

Opened safely, waited for never longer than agreed, its faults put into words.

Owns every option that safety rests on (L4, L11): the certificate and the host name are verified, StartTLS
comes before anything is said and its failure ends the attempt, referrals are not followed, every call has a
limit in time. Knows no attribute and no person. With `ldap_bind` the only user of python-ldap. A connection
belongs to one thread.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import ldap
from ldap.controls import RequestControl, SimplePagedResultsControl
from ldap.filter import escape_filter_chars

from directory_sync.settings import DirectorySettings
from directory_sync.sources.tls_tunnel import TlsTunnel, TunnelFault

SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

_SHORTEST = 0.001
"""python-ldap cannot decode the answer to a question that does not wait at all."""

RawEntry = tuple[str, dict[str, list[bytes]]]


class DirectoryFault(Exception):
    """The directory cannot be reached or does not do what was asked; the text says what happened."""


class Deadline:
    """How long a whole exchange may still take."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, at_most: float) -> float:
        """Seconds for the next step. Raises `DirectoryFault` if there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise DirectoryFault("the directory took too long")
        return min(left, at_most)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a paged search (RFC 2696)."""

    entries: list[RawEntry]
    references: int
    """How many parts of the tree the server referred elsewhere; they are not followed."""


class LdapConnection:
    """Use as a context manager: leaving closes it."""

    def __init__(self, settings: DirectorySettings, deadline: Deadline) -> None:
        self._settings = settings
        self._deadline = deadline
        self._tunnel: TlsTunnel | None = None
        self.handle: Any = None

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        handle, self.handle = self.handle, None
        tunnel, self._tunnel = self._tunnel, None
        if handle is not None:
            with suppress(ldap.LDAPError):  # the connection is gone already, which is what was wanted
                handle.unbind_ext()
        if tunnel is not None:
            tunnel.close()

    def _open(self) -> None:
        try:
            self.handle = handle = self._handle()
            handle.protocol_version = ldap.VERSION3
            handle.set_option(ldap.OPT_REFERRALS, 0)
            handle.set_option(ldap.OPT_NETWORK_TIMEOUT, self._deadline.left(self._settings.timeouts.connect))
            handle.set_option(ldap.OPT_TIMEOUT, self._deadline.left(self._settings.timeouts.operation))
        except ldap.LDAPError as error:
            raise DirectoryFault(words(error)) from error
        except TunnelFault as fault:
            raise DirectoryFault(str(fault)) from fault

    def _handle(self) -> Any:
        settings = self._settings
        address = settings.address
        if address.scheme != "ldaps" and not settings.start_tls:
            return ldap.initialize(settings.url)
        self._tunnel = TlsTunnel(
            address.host,
            address.port,
            settings.ca_file or SYSTEM_CERTIFICATES,
            start_tls=settings.start_tls,
            seconds=self._deadline.left(settings.timeouts.connect),
        )
        # libldap is handed the near end and speaks plain LDAP into it; from here on it owns that socket.
        return ldap.initialize("ldap://tunnel", fileno=self._tunnel.near.detach())

    def result(self, message: int, at_most: float | None = None) -> tuple[list[Any], list[Any]]:
        """Wait for an answer: its data and its response controls. LDAP's own errors pass through."""
        seconds = self._deadline.left(at_most or self._settings.timeouts.operation)
        _, data, _, controls = self.handle.result3(message, 1, seconds)
        return data or [], controls

    def bind_for_reading(self) -> None:
        """As the account in the settings. Raises `DirectoryFault`."""
        settings = self._settings
        try:
            self.result(self.handle.simple_bind(settings.bind_dn, settings.bind_password))
        except ldap.INVALID_CREDENTIALS as error:
            raise DirectoryFault(
                f"the directory refuses bind_dn {settings.bind_dn}: wrong name or password"
            ) from error
        except ldap.LDAPError as error:
            raise DirectoryFault(words(error)) from error

    def pages(
        self,
        base: str,
        search_filter: str,
        attributes: Sequence[str],
        size: int,
        controls: Sequence[Any] = (),
    ) -> Iterator[Page]:
        """The entries below the base, page by page. Raises `DirectoryFault` when anything but success comes.

        The next page is asked for before this one is handed out, so that the server works while the caller does.
        """
        control = SimplePagedResultsControl(criticality=True, size=size, cookie="")
        own = [RequestControl(oid, criticality=False) for oid in self._settings.profile.search_controls]
        arguments = (base, ldap.SCOPE_SUBTREE, search_filter, list(attributes))
        message: int | None = self.ask(*arguments, serverctrls=[control, *own, *controls])
        while message is not None:
            data, answered = self._answer(message)
            answer = next((c for c in answered if isinstance(c, SimplePagedResultsControl)), None)
            if answer is None:
                raise DirectoryFault("the directory answered without paging")
            control.cookie = answer.cookie
            message = self.ask(*arguments, serverctrls=[control, *own, *controls]) if answer.cookie else None
            entries = [(dn, raw) for dn, raw in data if dn is not None]
            yield Page(entries, len(data) - len(entries))

    def whole(self, base: str, search_filter: str, attributes: Sequence[str]) -> Iterator[Page]:
        """Everything at once, from a server that does not page. Raises `DirectoryFault` for anything but success."""
        data, _ = self._answer(self.ask(base, ldap.SCOPE_SUBTREE, search_filter, list(attributes)))
        entries = [(dn, raw) for dn, raw in data if dn is not None]
        yield Page(entries, len(data) - len(entries))

    def search(self, base: str, search_filter: str, attributes: Sequence[str], limit: int) -> list[RawEntry]:
        """The entries at or below the base, at most `limit` of them. Raises `DirectoryFault`."""
        message = self.ask(base, ldap.SCOPE_SUBTREE, search_filter, list(attributes), sizelimit=limit)
        data, _ = self._answer(message)
        return [(dn, raw) for dn, raw in data if dn is not None]

    def read(self, dn: str, attributes: Sequence[str]) -> dict[str, list[bytes]] | None:
        """The entry with this name; None if there is none that may be read. Raises `DirectoryFault`."""
        found = self.search_base(dn, "(objectClass=*)", attributes)
        return None if found is None else found[1]

    def search_base(self, dn: str, search_filter: str, attributes: Sequence[str]) -> RawEntry | None:
        """The entry with this name if the filter lets it through. Raises `DirectoryFault`."""
        try:
            message = self.handle.search_ext(dn, ldap.SCOPE_BASE, search_filter, list(attributes))
            data, _ = self.result(message)
        except (ldap.NO_SUCH_OBJECT, ldap.INSUFFICIENT_ACCESS):
            return None
        except ldap.LDAPError as error:
            raise DirectoryFault(words(error)) from error
        return next(((found, raw) for found, raw in data if found is not None), None)

    def next_answer(self, message: int, seconds: float) -> tuple[int, list[Any], int, list[Any]] | None:
        """The next part of an answer with its controls, or None if there is none in time; LDAP's errors pass through.

        For searches that go on: entries come with their controls, and intermediate answers (RFC 4511 §4.13) too.
        """
        try:
            kind, data, number, controls, _, _ = self.handle.result4(
                message, 0, max(seconds, _SHORTEST), add_ctrls=1, add_intermediates=1
            )
        except ldap.TIMEOUT:
            return None
        return kind, data or [], number, controls or []

    def ask(self, *arguments: Any, **options: Any) -> int:
        """Send a search and return its number. Raises `DirectoryFault`."""
        try:
            message: int = self.handle.search_ext(*arguments, **options)
        except ldap.LDAPError as error:
            raise DirectoryFault(words(error)) from error
        return message

    def _answer(self, message: int) -> tuple[list[Any], list[Any]]:
        try:
            return self.result(message)
        except ldap.LDAPError as error:
            raise DirectoryFault(words(error)) from error


def equals(attribute: str, value: str) -> str:
    """A filter for one value, escaped (RFC 4515 §3); only text is taken (L2)."""
    if not isinstance(value, str):
        raise TypeError(f"a filter takes text, not {type(value).__name__}")
    return f"({attribute}={escape_filter_chars(value)})"


_WORDS: dict[type[Exception], str] = {
    ldap.SERVER_DOWN: "the directory cannot be reached",
    ldap.CONNECT_ERROR: "no safe connection to the directory",
    ldap.TIMEOUT: "the directory did not answer in time",
    ldap.TIMELIMIT_EXCEEDED: "the directory's own time limit cut the answer short",
    ldap.SIZELIMIT_EXCEEDED: "the directory's size limit cut the answer short",
    ldap.ADMINLIMIT_EXCEEDED: "a limit set by the directory's administrator cut the answer short",
    ldap.REFERRAL: "the directory refers elsewhere, which is not followed",
    ldap.NO_SUCH_OBJECT: "the base does not exist in the directory, or may not be read",
    ldap.INSUFFICIENT_ACCESS: "the directory does not allow it",
    ldap.FILTER_ERROR: "the filter in the settings is not a valid one",
    ldap.BUSY: "the directory is busy",
    ldap.UNAVAILABLE: "the directory is shutting down or starting",
    ldap.UNWILLING_TO_PERFORM: "the directory is unwilling",
    ldap.INVALID_CREDENTIALS: "wrong name or password",
    ldap.UNAVAILABLE_CRITICAL_EXTENSION: "the directory cannot send its answer in pages",
    ldap.PROTOCOL_ERROR: "the directory does not understand what was asked",
}


def words(error: ldap.LDAPError) -> str:
    """What happened, with the server's own text; never what was sent."""
    details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    plain = _WORDS.get(type(error), str(details.get("desc", type(error).__name__)))
    info = str(details.get("info", "")).strip()
    return f"{plain} ({info})" if info else plain
