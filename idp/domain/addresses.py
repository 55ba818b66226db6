"""E-mail addresses made of names: the local parts to try, and when two of them count as one. Pure.

Owns the form of an address (`[a-z0-9.-]`, at most 64 octets before the @, RFC 5321 §4.5.3.1.1), its canonical
key, what is reserved, and that a number stands after the given name (anna2.andersson). Whether an address is
free is not decided here: only storing it tells (`idp.provisioning.issuing`).
"""

from dataclasses import dataclass
from functools import lru_cache

from idp.domain.naming import DEFAULT_RULES, PlainName, Rules, Series, neutral_series, plain_name

MOST_LOCAL_PART = 64

# RFC 2142, the names that mail programs and certificate authorities trust (CA/Browser Forum BR 3.2.2.4.4),
# and those that a reader takes for the organisation itself.
RESERVED = frozenset(
    word
    for line in (
        "abuse admin administrator administration alla all ca dpo everyone ftp help helpdesk hostmaster info",
        "inbox it itsupport kansli kommun kommunen listserv mail mailerdaemon marketing news noc noreply nobody",
        "null office operator personal portvakt post postmaster registrator root sales security signin",
        "ssladmin ssladministrator sslwebmaster staff support sysadmin system test usenet uucp webmaster www",
    )
    for word in line.split()
)


@dataclass(frozen=True, slots=True)
class NameSeries:
    """anna.andersson, anna2.andersson, anna3.andersson, …: never longer than an address may be."""

    name: PlainName
    skipped: int = 0
    """How many tries from the first are reserved names."""

    def nth(self, number: int) -> str:
        """Return the n-th local part."""
        return _local_part(self.name, number + self.skipped)


def address_series(given_name: str, surname: str, rules: Rules = DEFAULT_RULES) -> Series:
    """Return the local parts to try for a name; neutral ones if nothing of it can be written in a-z."""
    name = plain_name(given_name, surname, rules)
    if not name.given and not name.surname:
        return neutral_series(rules)
    taken = canonical(_local_part(name, 1)) in _reserved(rules.reserved)
    return NameSeries(PlainName(name.given, name.surname), skipped=1 if taken else 0)


@lru_cache(maxsize=64)
def _reserved(words: frozenset[str]) -> frozenset[str]:
    return RESERVED | {canonical(word) for word in words}


def needs_a_look(given_name: str, surname: str) -> bool:
    """Whether a name was spelled by sound, from another script, so that a human should confirm its address."""
    name = plain_name(given_name, surname)
    return name.unsure or not (name.given or name.surname)


def canonical(local_part: str) -> str:
    """Return the key on which local parts collide: without dots and hyphens, in one case."""
    return local_part.casefold().replace(".", "").replace("-", "")


def _local_part(name: PlainName, number: int) -> str:
    digits = "" if number == 1 else str(number)
    given, surname = list(name.given), list(name.surname)
    while _length(given, surname, digits) > MOST_LOCAL_PART:
        longer = surname if len(surname) > 1 else given
        if len(longer) > 1:
            longer.pop()
        else:
            return _cut(given, surname, digits)
    return ".".join(
        part for part in ("-".join(given) + digits if given else "", "-".join(surname)) if part
    ) + ("" if given else digits)


def _length(given: list[str], surname: list[str], digits: str) -> int:
    joint = 1 if given and surname else 0
    return len("-".join(given)) + len(digits) + joint + len("-".join(surname))


def _cut(given: list[str], surname: list[str], digits: str) -> str:
    """One given name and one surname that are still too long lose their ends, the longer one first."""
    room = MOST_LOCAL_PART - len(digits)
    if not given or not surname:
        return (given or surname)[0][:room] + digits
    first, last = given[0], surname[0]
    room -= 1
    first = first[: max(room // 2, room - len(last))]
    return f"{first}{digits}.{last[: room - len(first)]}"
