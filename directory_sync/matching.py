"""Who is who: when a login or an employee number is another's, a human decides; names never link anybody.

Owns the comparison of names (L6, L7) and the link across sources by employee number. Pure. Knows no plan
and no store.

A person is (source, immutable key). A login or number is *claimed* by someone who is new or whose value has
changed to it; only claims are looked at, so a pair that a human has let through once is not stopped again
at every run.
"""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from directory_sync.attribute_values import is_seen
from directory_sync.facts import AccountFacts, Holder, chunks
from directory_sync.lines import Conflict, ConflictKind, Party
from directory_sync.plan_lines import PlanLines
from directory_sync.records import PersonRecord, PersonRef, Protection
from directory_sync.scratch import Scratch
from directory_sync.shelf import Shelf

PROTECTED_PERSON = "Protected person {key}"
"""How somebody is called whose name lists and plans do not show."""

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


_NUMBER, _LOGIN = 0, 1
_TABLE = "CREATE TABLE claim (what INTEGER, value TEXT, person TEXT)"
_IN_ORDER = "SELECT DISTINCT value, person FROM claim WHERE what = ? ORDER BY value, person"
Reread = Callable[[str], PersonRecord | None]
"""What a person's entry says now, by key, if it differs from what is known."""
WasSeen = Callable[[str], bool]
Claim = tuple[str, list[str]]
"""A number or a login (by skeleton), and the keys of those who claim it, in order."""


class Claims:
    """Who, in one reading, asks for a login (by skeleton) or a number that was not theirs."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._held: list[tuple[int, str, str]] = []
        self._laid_down = False

    def add(self, record: PersonRecord, before: PersonRecord | None) -> None:
        """Take in what one person claims who was `before`, if known."""
        if record.login is not None:
            skeleton = login_skeleton(record.login)
            if before is None or before.login is None or login_skeleton(before.login) != skeleton:
                self._held.append((_LOGIN, skeleton, record.key))
        number = record.employee_number
        if number is not None and (before is None or before.employee_number != number):
            self._held.append((_NUMBER, number, record.key))
        if len(self._held) >= 2 * self._scratch.few:
            self._lay_down()

    def numbers(self) -> Iterator[Claim]:
        """Every claimed number, in order."""
        return self._grouped(_NUMBER)

    def logins(self) -> Iterator[Claim]:
        """Every claimed login, in order."""
        return self._grouped(_LOGIN)

    def _grouped(self, what: int) -> Iterator[Claim]:
        pairs: Iterable[tuple[str, str]]
        if self._laid_down:
            self._lay_down()
            pairs = self._scratch.run(_IN_ORDER, what)
        else:
            pairs = sorted({(value, key) for kind, value, key in self._held if kind == what})
        for value, some in groupby(pairs, lambda pair: pair[0]):
            yield value, [key for _, key in some]

    def _lay_down(self) -> None:
        if not self._laid_down:
            self._scratch.run(_TABLE)
            self._laid_down = True
        self._scratch.run_many("INSERT INTO claim VALUES (?, ?, ?)", self._held)
        self._held.clear()


@dataclass(frozen=True, slots=True)
class Matches:
    conflicts: PlanLines
    stopped: set[str]
    """The keys whose records must not be applied."""
    links: Shelf[PersonRef]
    """For new persons: who they are in another source."""


def match(
    claims: Claims, facts: AccountFacts, reread: Reread, was_seen: WasSeen, scratch: Scratch
) -> Matches:
    """Decide every claim."""
    matches = Matches(PlanLines(scratch=scratch), set(), Shelf(scratch, _ref_to_text, _ref_from_text))
    for number, keys, holders in _with_holders(claims.numbers(), facts, logins=False):
        if len(keys) > 1 or holders:
            claimants = [one for one in _records(keys, reread) if one.employee_number == number]
            if claimants:
                _decide_number(number, claimants, holders, reread, matches)
    for skeleton, keys, holders in _with_holders(claims.logins(), facts, logins=True):
        if len(keys) > 1 or holders:
            claimants = [
                one
                for one in _records(keys, reread)
                if one.login is not None and login_skeleton(one.login) == skeleton
            ]
            if claimants:
                _decide_login(skeleton, claimants, holders, reread, was_seen, matches)
    for line in matches.conflicts.of_kind(Conflict):
        matches.stopped.update(line.stopped)
    return matches


def _with_holders(
    claims: Iterator[Claim], facts: AccountFacts, *, logins: bool
) -> Iterator[tuple[str, list[str], list[Holder]]]:
    """Each claim with those who have what is claimed."""
    for chunk in chunks(claims):
        values = [value for value, _ in chunk]
        found: dict[str | None, list[Holder]] = {}
        for holder in facts.holders(values, []) if logins else facts.holders([], values):
            found.setdefault(holder.login_skeleton if logins else holder.employee_number, []).append(holder)
        for value, keys in chunk:
            yield value, keys, found.get(value, [])


def _records(keys: Sequence[str], reread: Reread) -> list[PersonRecord]:
    """As they are now: an entry that was read twice may have claimed what it no longer does."""
    return [record for record in map(reread, keys) if record is not None]


def _decide_number(
    number: str, claimants: list[PersonRecord], holders: list[Holder], reread: Reread, matches: Matches
) -> None:
    rivals, same_person = _number_rivals(claimants[0], holders, reread)
    if len(claimants) > 1 or rivals:
        matches.conflicts.add(_conflict(ConflictKind.EMPLOYEE_NUMBER_SHARED, number, claimants, rivals))
    elif same_person is not None:
        matches.links.put(claimants[0].key, same_person)


def _decide_login(
    skeleton: str,
    claimants: list[PersonRecord],
    holders: list[Holder],
    reread: Reread,
    was_seen: WasSeen,
    matches: Matches,
) -> None:
    rivals = [h for h in holders if not _is_self(h, claimants[0])]
    if len(claimants) > 1 or rivals:
        kind = _login_kind(skeleton, claimants, rivals, reread, was_seen)
        matches.conflicts.add(_conflict(kind, claimants[0].login or skeleton, claimants, rivals))


def _ref_to_text(ref: PersonRef) -> str:
    return f"{len(ref.source)} {ref.source}{ref.key}"


def _ref_from_text(text: str) -> PersonRef:
    length, _, rest = text.partition(" ")
    return PersonRef(rest[: int(length)], rest[int(length) :])


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
    claimant: PersonRecord, holders: Collection[Holder], reread: Reread
) -> tuple[list[Holder], PersonRef | None]:
    rivals: list[Holder] = []
    same: PersonRef | None = None
    for holder in holders:
        if holder.source is None or holder.key is None or _is_same_entry(holder, claimant):
            continue
        if holder.source != claimant.source:
            same = same or PersonRef(holder.source, holder.key)
            continue
        now = reread(holder.key)
        if now is None or now.employee_number == claimant.employee_number:
            rivals.append(holder)
    return rivals, same


def _is_same_entry(holder: Holder, claimant: PersonRecord) -> bool:
    return (holder.source, holder.key) == (claimant.source, claimant.key)


def _login_kind(
    skeleton: str,
    claimants: list[PersonRecord],
    rivals: list[Holder],
    reread: Reread,
    was_seen: WasSeen,
) -> ConflictKind:
    """Moved, if someone who had the login has it no longer; else shared or merely alike."""
    source = claimants[0].source
    for rival in rivals:
        now = reread(rival.key) if rival.source == source and rival.key is not None else None
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
    return PROTECTED_PERSON.format(key=record.key)
