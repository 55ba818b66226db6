"""Who is who: when a login or an employee number is another's, a human decides; names never link anybody.

Owns the comparison of names (L6, L7) and the link across sources by employee number. Pure. Knows no plan
and no store.

A person is (source, immutable key). A login or number is *claimed* by someone who is new or whose value has
changed to it; only claims are looked at, so a pair that a human has let through once is not stopped again
at every run.
"""

import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from directory_sync.attribute_values import is_seen
from directory_sync.facts import Holder, KnownRecord
from directory_sync.lines import Conflict, ConflictKind, Party
from directory_sync.records import PersonRecord, PersonRef, Protection

# Letters of other alphabets that look like Latin ones, and Latin letters that NFKD does not take apart.
# Visual likeness, not sound: the Cyrillic letter for R looks like p. Digits stay themselves: anna1 and
# annal are both common.
_LIKENESS = str.maketrans(
    {
        **dict(zip("аеорсухіјѕԁһԛԝвкмнт", "aeopcyxijsdhqwbkmht", strict=True)),
        **dict(zip("αβεικνορτυχϲ", "abeiknoptuxc", strict=True)),
        **dict(zip("ıȷɑɡɩøłđħŧ", "ijagioldht", strict=True)),
        "æ": "ae",
        "œ": "oe",
        "ð": "d",
        "þ": "th",
    }
)


def login_folded(login: str) -> str:
    """The login as it is compared for equality: NFKC, casefold, trimmed."""
    return unicodedata.normalize("NFKC", login).casefold().strip()


def login_skeleton(login: str) -> str:
    """What is left of a login without case, Unicode form, blanks, accents and look-alike letters."""
    folded = login_folded(login)
    if folded.isascii():
        return "".join(folded.split())
    bare = unicodedata.normalize("NFKD", folded).translate(_LIKENESS)
    return "".join(c for c in bare if is_seen(c))


@dataclass(frozen=True, slots=True)
class Claims:
    """Who, in one reading, asks for a login (by skeleton) or a number that was not theirs."""

    logins: Mapping[str, list[PersonRecord]]
    numbers: Mapping[str, list[PersonRecord]]


@dataclass(frozen=True, slots=True)
class Matches:
    conflicts: tuple[Conflict, ...]
    stopped: frozenset[str]
    """The keys whose records must not be applied."""
    links: Mapping[str, PersonRef]
    """For new persons: who they are in another source."""


def find_claims(records: Collection[PersonRecord], befores: Mapping[str, KnownRecord]) -> Claims:
    logins: dict[str, list[PersonRecord]] = {}
    numbers: dict[str, list[PersonRecord]] = {}
    for record in records:
        known = befores.get(record.key)
        before = None if known is None else known.record
        if record.login is not None:
            skeleton = login_skeleton(record.login)
            if before is None or before.login is None or login_skeleton(before.login) != skeleton:
                logins.setdefault(skeleton, []).append(record)
        number = record.employee_number
        if number is not None and (before is None or before.employee_number != number):
            numbers.setdefault(number, []).append(record)
    return Claims(logins, numbers)


def match(
    claims: Claims,
    holders: Collection[Holder],
    reread: Mapping[str, PersonRecord],
    was_seen: Callable[[str], bool],
) -> Matches:
    """Decide every claim. `reread` are the records that differ from what is known, by key."""
    by_login: dict[str, list[Holder]] = {}
    by_number: dict[str, list[Holder]] = {}
    for holder in holders:
        if holder.login_skeleton is not None and holder.login_skeleton in claims.logins:
            by_login.setdefault(holder.login_skeleton, []).append(holder)
        if holder.employee_number is not None and holder.employee_number in claims.numbers:
            by_number.setdefault(holder.employee_number, []).append(holder)
    conflicts: list[Conflict] = []
    links: dict[str, PersonRef] = {}
    for number, claimants in sorted(claims.numbers.items()):
        rivals, same = _number_rivals(claimants[0], by_number.get(number, ()), reread)
        if len(claimants) > 1 or rivals:
            conflicts.append(_conflict(ConflictKind.EMPLOYEE_NUMBER_SHARED, number, claimants, rivals))
        elif same is not None:
            links[claimants[0].key] = same
    for skeleton, claimants in sorted(claims.logins.items()):
        rivals = [h for h in by_login.get(skeleton, ()) if not _is_self(h, claimants[0])]
        if len(claimants) > 1 or rivals:
            kind = _login_kind(skeleton, claimants, rivals, reread, was_seen)
            conflicts.append(_conflict(kind, claimants[0].login or skeleton, claimants, rivals))
    stopped = frozenset(key for conflict in conflicts for key in conflict.stopped)
    return Matches(tuple(conflicts), stopped, {k: ref for k, ref in links.items() if k not in stopped})


def _is_self(holder: Holder, claimant: PersonRecord) -> bool:
    """The same entry, or the same person in another source.

    Proved by the employee number, never by the name.
    """
    if holder.source == claimant.source:
        return holder.key == claimant.key
    return (
        holder.source is not None
        and claimant.employee_number is not None
        and holder.employee_number == claimant.employee_number
    )


def _number_rivals(
    claimant: PersonRecord, holders: Collection[Holder], reread: Mapping[str, PersonRecord]
) -> tuple[list[Holder], PersonRef | None]:
    rivals: list[Holder] = []
    same: PersonRef | None = None
    for holder in holders:
        if holder.source is None or holder.key is None or _is_same_entry(holder, claimant):
            continue
        if holder.source != claimant.source:
            same = same or PersonRef(holder.source, holder.key)
            continue
        now = reread.get(holder.key)
        if now is None or now.employee_number == claimant.employee_number:
            rivals.append(holder)
    return rivals, same


def _is_same_entry(holder: Holder, claimant: PersonRecord) -> bool:
    return (holder.source, holder.key) == (claimant.source, claimant.key)


def _login_kind(
    skeleton: str,
    claimants: list[PersonRecord],
    rivals: list[Holder],
    reread: Mapping[str, PersonRecord],
    was_seen: Callable[[str], bool],
) -> ConflictKind:
    """Moved, if someone who had the login has it no longer; else shared or merely alike."""
    source = claimants[0].source
    for rival in rivals:
        now = reread.get(rival.key) if rival.source == source and rival.key is not None else None
        login = rival.login if now is None else now.login
        gone = rival.source == source and rival.key is not None and not was_seen(rival.key)
        if gone or login is None or login_skeleton(login) != skeleton:
            return ConflictKind.LOGIN_MOVED
    logins = [c.login for c in claimants] + [r.login for r in rivals]
    equal = len({login_folded(login) for login in logins if login is not None}) == 1
    return ConflictKind.LOGIN_SHARED if equal else ConflictKind.LOGIN_ALIKE


def _conflict(
    kind: ConflictKind, value: str, claimants: list[PersonRecord], rivals: Collection[Holder]
) -> Conflict:
    claimants = sorted(claimants, key=lambda c: c.key)
    parties = [
        Party(c.source, c.key, c.login, shown_name(c), c.dn if c.protection is Protection.NONE else None)
        for c in claimants
    ]
    others = {(h.source, h.key, h.login): Party(h.source, h.key, h.login, h.name) for h in rivals}
    ordered = [others[k] for k in sorted(others, key=lambda k: tuple(part or "" for part in k))]
    return Conflict(kind, value, (*parties, *ordered), tuple(c.key for c in claimants))


def shown_name(record: PersonRecord) -> str:
    """The name as plans and reports show it: protected personal details do not appear in lists."""
    if record.protection is Protection.NONE:
        return record.display_name
    return f"Protected person {record.key}"
