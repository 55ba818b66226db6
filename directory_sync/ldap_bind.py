"""Passwords, checked and changed by the person's own directory.

Owns the bind as exactly one DN (L3), the password policy's words in the answer
(draft-behera-ldap-password-policy), and RFC 3062's change of password. Knows no session, no counter and no
account. Each call has a connection and a deadline of its own, so that a directory that hangs holds up
nobody but the caller (L11), and never the caller for long.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

import ldap
from ldap.controls.ppolicy import PasswordPolicyControl

from directory_sync.dn import is_within, normal_dn
from directory_sync.entry import BrokenEntry
from directory_sync.mapping import map_person
from directory_sync.profile import PasswordChange
from directory_sync.reading import EntryKind
from directory_sync.records import Inactivity, PersonRecord
from directory_sync.settings import DirectorySettings
from directory_sync.sources.ldap_connection import Deadline, DirectoryFault, LdapConnection, words
from directory_sync.sources.ldap_source import key_filter


class Rejection(StrEnum):
    """Why the directory does not take a password."""

    WRONG = "wrong"
    EXPIRED = "expired"
    LOCKED = "locked"
    DISABLED = "disabled"
    MUST_CHANGE = "must_change"


@dataclass(frozen=True, slots=True)
class BindAccepted:
    """The password is right."""

    must_change: bool = False
    """The directory wants a new password before anything else: after a reset, or on a grace sign-in."""
    grace_left: int | None = None
    """How many more sign-ins an expired password is good for; None if it has not expired."""
    expires_in: int | None = None
    """Seconds until the password expires, if the directory warns."""


@dataclass(frozen=True, slots=True)
class BindRejected:
    reason: Rejection


@dataclass(frozen=True, slots=True)
class DirectoryUnavailable:
    """Nothing is known about the password."""

    why: str


@dataclass(frozen=True, slots=True)
class Located:
    """The one entry with the key, and what the directory says against the person right now."""

    dn: str
    inactive: Inactivity | None = None


@dataclass(frozen=True, slots=True)
class NotLocated:
    """No entry, or more than one, has the key and matches the person filter inside the base."""

    entries: int


class RefusedChange(StrEnum):
    """Why a new password was not taken."""

    OLD_WRONG = "old_wrong"
    OLD_EXPIRED = "old_expired"
    LOCKED = "locked"
    NOT_ALLOWED = "not_allowed"
    TOO_SIMPLE = "too_simple"
    TOO_SHORT = "too_short"
    TOO_SOON = "too_soon"
    USED_BEFORE = "used_before"


@dataclass(frozen=True, slots=True)
class Changed:
    """The directory has the new password."""


@dataclass(frozen=True, slots=True)
class Refused:
    reason: RefusedChange
    text: str = ""
    """The directory's own words, if it had any."""


BindResult: TypeAlias = BindAccepted | BindRejected | DirectoryUnavailable
Location: TypeAlias = Located | NotLocated | DirectoryUnavailable
ChangeResult: TypeAlias = Changed | Refused | DirectoryUnavailable

# draft-behera-ldap-password-policy-10 §6.2, the error in the response control
_EXPIRED, _LOCKED, _CHANGE_AFTER_RESET = 0, 1, 2
_REFUSALS = {
    _LOCKED: RefusedChange.LOCKED,
    3: RefusedChange.NOT_ALLOWED,
    4: RefusedChange.OLD_WRONG,
    5: RefusedChange.TOO_SIMPLE,
    6: RefusedChange.TOO_SHORT,
    7: RefusedChange.TOO_SOON,
    8: RefusedChange.USED_BEFORE,
}


def check_password(settings: DirectorySettings, dn: str, password: str) -> BindResult:
    """Bind as exactly this DN. Says nothing about the entry but what the bind itself says."""
    _require_text(dn=dn, password=password)
    if not _may_be_sent(password) or not _inside(settings, dn):
        return BindRejected(Rejection.WRONG)
    try:
        with LdapConnection(settings, Deadline(settings.timeouts.sign_in)) as connection:
            return _bind(connection, dn, password, settings.profile.bind_words)
    except DirectoryFault as fault:
        return DirectoryUnavailable(str(fault))


def check_password_by_key(settings: DirectorySettings, key: str, password: str, now: datetime) -> BindResult:
    """Find the person by the key that never changes, wherever the entry is now, and bind as that entry.

    What the directory says against the person at this moment wins over whatever was read earlier (L5), but is told only
    to whoever knows the password.
    """
    _require_text(key=key, password=password)
    if not _may_be_sent(password):
        return BindRejected(Rejection.WRONG)
    try:
        with LdapConnection(settings, Deadline(settings.timeouts.sign_in)) as connection:
            found = _locate(connection, settings, key, now)
            if isinstance(found, NotLocated):
                return BindRejected(Rejection.WRONG)
            result = _bind(connection, found.dn, password, settings.profile.bind_words)
    except DirectoryFault as fault:
        return DirectoryUnavailable(str(fault))
    if found.inactive is not None and result != BindRejected(Rejection.WRONG):
        return BindRejected(Rejection.DISABLED)
    return result


def locate(settings: DirectorySettings, key: str, now: datetime) -> Location:
    """Where the entry with this key is now. Exactly one must match the person filter inside the base (L3)."""
    _require_text(key=key)
    try:
        with LdapConnection(settings, Deadline(settings.timeouts.sign_in)) as connection:
            return _locate(connection, settings, key, now)
    except DirectoryFault as fault:
        return DirectoryUnavailable(str(fault))


def change_password(settings: DirectorySettings, dn: str, old: str, new: str) -> ChangeResult:
    """Change the password as the person (RFC 3062), so that the directory's own policy holds."""
    _require_text(dn=dn, old=old, new=new)
    if not _may_be_sent(old) or not _inside(settings, dn):
        return Refused(RefusedChange.OLD_WRONG)
    if not _may_be_sent(new):
        return Refused(RefusedChange.TOO_SHORT)
    try:
        with LdapConnection(settings, Deadline(settings.timeouts.sign_in)) as connection:
            bound = _bind(connection, dn, old, settings.profile.bind_words)
            if isinstance(bound, BindRejected):
                return Refused(_OLD_REFUSED.get(bound.reason, RefusedChange.NOT_ALLOWED))
            return _change(connection, dn, old, new, settings.profile.password_change)
    except DirectoryFault as fault:
        return DirectoryUnavailable(str(fault))


_OLD_REFUSED = {
    Rejection.WRONG: RefusedChange.OLD_WRONG,
    Rejection.EXPIRED: RefusedChange.OLD_EXPIRED,
    Rejection.LOCKED: RefusedChange.LOCKED,
}


def _require_text(**arguments: str) -> None:
    """Bytes would pass an escaping function unescaped (L2), so only text comes in."""
    for name, value in arguments.items():
        if not isinstance(value, str):
            raise TypeError(f"{name} must be text, not {type(value).__name__}")


def _may_be_sent(password: str) -> bool:
    """Without one a bind is anonymous (RFC 4513 §5.1.2); at NUL some servers stop, blanks some take away (L1)."""
    return password.strip() != "" and "\0" not in password and _is_unicode(password)


def _is_unicode(text: str) -> bool:
    """Not so for half a surrogate pair, which no UTF-8 can carry."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _inside(settings: DirectorySettings, dn: str) -> bool:
    try:
        return is_within(normal_dn(dn), normal_dn(settings.base_dn))
    except ValueError:
        return False


def _locate(
    connection: LdapConnection, settings: DirectorySettings, key: str, now: datetime
) -> Located | NotLocated:
    connection.bind_for_reading()
    profile = settings.profile
    attributes = profile.wanted_attributes(EntryKind.PERSON, settings.mapping)
    # Two is enough to know that it is not exactly one.
    entries = connection.search(settings.base_dn, key_filter(settings, key), attributes, limit=2)
    if len(entries) != 1 or not _inside(settings, entries[0][0]):
        return NotLocated(len(entries))
    dn, raw = entries[0]
    entry = profile.decode(settings.name, dn, raw)
    if isinstance(entry, BrokenEntry) or entry.key != key:
        return NotLocated(0)
    person = map_person(entry, settings.mapping)
    return Located(dn, person.inactivity(now) if isinstance(person, PersonRecord) else None)


def _bind(
    connection: LdapConnection, dn: str, password: str, own_words: Mapping[str, str]
) -> BindAccepted | BindRejected:
    """Raises `DirectoryFault` on anything that says nothing about the password."""
    try:
        message = connection.handle.simple_bind(dn, password, serverctrls=[PasswordPolicyControl()])
        _, controls = connection.result(message)
    except (ldap.INVALID_CREDENTIALS, ldap.INAPPROPRIATE_AUTH, ldap.NO_SUCH_OBJECT) as error:
        reasons = {_EXPIRED: Rejection.EXPIRED, _LOCKED: Rejection.LOCKED}
        reason = reasons.get(_policy_error(error)) or _in_own_words(error, own_words)
        return BindRejected(reason or Rejection.WRONG)
    except (ldap.UNWILLING_TO_PERFORM, ldap.CONSTRAINT_VIOLATION) as error:
        reason = _in_own_words(error, own_words)
        if reason is None:
            raise DirectoryFault(words(error)) from error
        return BindRejected(reason)
    except ldap.LDAPError as error:
        raise DirectoryFault(words(error)) from error
    policy = next((c for c in controls if isinstance(c, PasswordPolicyControl)), None)
    if policy is None:
        return BindAccepted()
    grace = policy.graceAuthNsRemaining
    must_change = policy.error == _CHANGE_AFTER_RESET or grace is not None
    return BindAccepted(must_change, grace, policy.timeBeforeExpiration)


def _in_own_words(error: Any, own_words: Mapping[str, str]) -> Rejection | None:
    """What the product's text of a refusal means."""
    details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    text = str(details.get("info", "")).lower()
    return next((Rejection(meaning) for part, meaning in own_words.items() if part in text), None)


def _change(
    connection: LdapConnection, dn: str, old: str, new: str, how: PasswordChange
) -> Changed | Refused:
    try:
        if how is PasswordChange.UNICODE_PWD:
            # MS-ADTS 3.1.1.3.1.5.1: taking one value away and adding another is a change by the person.
            pair = [(ldap.MOD_DELETE, how.value, [_quoted(old)]), (ldap.MOD_ADD, how.value, [_quoted(new)])]
            message = connection.handle.modify_ext(dn, pair)
        else:
            message = connection.handle.passwd(dn, old, new, serverctrls=[PasswordPolicyControl()])
        connection.result(message)
    except (
        ldap.CONSTRAINT_VIOLATION,
        ldap.INSUFFICIENT_ACCESS,
        ldap.UNWILLING_TO_PERFORM,
        ldap.INVALID_CREDENTIALS,
    ) as error:
        reason = _REFUSALS.get(_policy_error(error), RefusedChange.NOT_ALLOWED)
        return Refused(reason, words(error))
    except ldap.LDAPError as error:
        raise DirectoryFault(words(error)) from error
    return Changed()


def _quoted(password: str) -> bytes:
    return f'"{password}"'.encode("utf-16-le")


def _policy_error(error: Any) -> int:
    """The password policy's number in an answer that is an error, which python-ldap leaves undecoded; -1 for none."""
    details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    for oid, _, value in details.get("ctrls", ()):
        if oid == PasswordPolicyControl.controlType:
            control = PasswordPolicyControl()
            control.decodeControlValue(value)
            return -1 if control.error is None else int(control.error)
    return -1
