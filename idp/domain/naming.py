"""Names in plain letters, and the user names made of them. Pure.

Owns the spelling of a name in a-z, which user names look alike, and the rule for a user name that no
directory gives: three letters of the given name, three of the surname, two digits. Whether a name is free is
not decided here: only storing it tells (`idp.provisioning.issuing`).
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from anyascii import anyascii

from idp.domain.plain_text import is_seen

MOST_LOGIN = 20
"""The longest user name that is made here: what Active Directory's sAMAccountName holds."""

_PARTICLES = (
    "af al av bin da das de degli del della den der di do dos du el ibn la las le los ten ter van von"
)
PARTICLES = frozenset(_PARTICLES.split()) | {"zu", "zum", "zur"}

# Letters that Unicode does not take apart, in Swedish practice (DOMAIN.md 3.1): never aa, ae for å, ä.
_LETTERS: Mapping[str, str] = {
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ð": "d",
    "þ": "th",
    "ł": "l",
    "đ": "d",
    "ħ": "h",
    "ŧ": "t",
    "ı": "i",
    "ŋ": "n",
    "ß": "ss",
    "ĸ": "k",
    "ſ": "s",
}
_APOSTROPHES = frozenset("'’‘`´ʼʹ′ʻ")
_HYPHENS = frozenset("-‐‑‒–—―−")
_UMLAUT = "u\u0308"

# What looks like a Latin letter without being one. Likeness to the eye, not to the ear: the Cyrillic letter
# for R looks like p. Digits stay themselves, since anna1 and annal are both common.
_ALIKE = str.maketrans(
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


@dataclass(frozen=True, slots=True)
class Rules:
    """How the names of one mail domain are made; each field departs from the default practice by a word."""

    umlaut: str = "u"
    """What ü becomes: u, or ue."""
    both_surnames: bool = False
    """Keep both of two surnames without a hyphen (Berg Lindqvist); otherwise the last one stands."""
    dotted_particles: bool = False
    """af.klint instead of afklint."""
    reserved: frozenset[str] = frozenset()
    """Local parts that no person gets, besides those that every domain reserves: function mailboxes."""
    pool: str = "handlaggare"
    """The neutral word for people with protected personal details, and for names without letters."""
    pool_from: int = 101
    keep_revealing_alias: bool = False
    """Let the old address of a person who becomes protected go on receiving, name and all."""

    def __post_init__(self) -> None:
        """Refuse rules that would make names which nobody can have."""
        if self.umlaut not in {"u", "ue"}:
            raise ValueError(f"umlaut: expected “u” or “ue”, found “{self.umlaut}”")
        if not self.pool.isascii() or not self.pool.isalpha() or len(self.pool) > MOST_LOGIN - 6:
            raise ValueError(f"pool: expected at most {MOST_LOGIN - 6} letters a-z, found “{self.pool}”")
        if self.pool_from < 1:
            raise ValueError(f"pool_from: expected a number from 1, found {self.pool_from}")


DEFAULT_RULES = Rules()


class Series(Protocol):
    """The names that may be tried for somebody, in order. Equal series try the same names."""

    def nth(self, number: int) -> str:
        """Return the name to try at the `number`-th try, from 1."""


@dataclass(frozen=True, slots=True)
class PlainName:
    """A name in a-z and 0-9: the parts that are joined by hyphens, of given name and surname.

    `unsure` says that letters of another script were spelled by sound, so that a human should look.
    """

    given: tuple[str, ...]
    surname: tuple[str, ...]
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class LoginSeries:
    """annand01, annand02, …: the stem and a number of at least two digits."""

    stem: str

    def nth(self, number: int) -> str:
        """Return the n-th user name."""
        return f"{self.stem[: MOST_LOGIN - 6]}{number:02d}"


@dataclass(frozen=True, slots=True)
class PoolSeries:
    """handlaggare101, handlaggare102, …: names that say nothing about their holder."""

    word: str
    start: int

    def nth(self, number: int) -> str:
        """Return the n-th neutral name."""
        return f"{self.word}{self.start + number - 1}"


@lru_cache(maxsize=4096)
def plain_name(given_name: str, surname: str, rules: Rules = DEFAULT_RULES) -> PlainName:
    """Spell a name in plain letters.

    Of three or more given names the first is taken, two are a double name. Particles belong to the surname
    that follows them.
    """
    given_words, unsure_given = _words(given_name, rules)
    surname_words, unsure_surname = _words(surname, rules)
    given = given_words[:1] if len(given_words) > 2 else given_words  # noqa: PLR2004 - a double name has two
    names = _with_particles(surname_words, rules)
    chosen = names if rules.both_surnames else names[-1:]
    return PlainName(_parts(given), _parts(chosen), unsure_given or unsure_surname)


def login_series(given_name: str, surname: str, rules: Rules = DEFAULT_RULES) -> Series:
    """Return the user names to try for somebody whose directory gives none."""
    name = plain_name(given_name, surname, rules)
    given, family = (_letters(part) for part in (name.given, name.surname))
    stem = given[:3] + family[:3] if given and family else (given or family)[:6]
    return LoginSeries(stem) if stem else neutral_series(rules)


def neutral_series(rules: Rules = DEFAULT_RULES) -> Series:
    """Return the user names and addresses to try for somebody whose name must not show."""
    return PoolSeries(rules.pool, rules.pool_from)


def shows_name(login: str, given_name: str, surname: str, rules: Rules = DEFAULT_RULES) -> bool:
    """Whether a user name lets the name show: three letters in a row of its beginning, or all of a shorter one.

    A name of the neutral pool shows nobody, though somebody's name may begin with letters that are in it.
    """
    bare = _letters((_spelled(login, rules)[0],))
    if bare == rules.pool:
        return False
    name = plain_name(given_name, surname, Rules(both_surnames=True))
    beginnings = {part[:3] for part in (*name.given, *name.surname, _letters(name.surname)) if part}
    return any(beginning in bare for beginning in beginnings)


def likeness(login: str) -> str:
    """Return what is left of a user name without case, Unicode form, blanks, accents and look-alike letters.

    Two user names with one likeness cannot be told apart by everybody, so the second is never issued (L7).
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", login).casefold())
    if folded.isascii():
        return "".join(folded.split())
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", folded).translate(_ALIKE))
    return "".join(c for c in bare if is_seen(c))


@lru_cache(maxsize=4096)
def _words(text: str, rules: Rules) -> tuple[tuple[str, ...], bool]:
    """A name by itself: most given names and surnames are many people's."""
    spelled, unsure = _spelled(text, rules)
    return tuple([word for word in (word.strip("-") for word in spelled.split()) if word]), unsure


def _spelled(text: str, rules: Rules) -> tuple[str, bool]:
    """The text in a-z, 0-9, hyphens and single blanks."""
    # Decomposed, so that å is a letter and a mark; casefold makes ß ss and İ i with a dot.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    folded = folded.replace(_UMLAUT, rules.umlaut)
    unsure = False
    letters: list[str] = []
    for character in folded:
        if character.isascii():
            letters.append(_kept(character))
        elif character in _LETTERS:
            letters.append(_LETTERS[character])
        elif character in _HYPHENS:
            letters.append("-")
        elif character.isspace():
            letters.append(" ")
        elif character not in _APOSTROPHES and unicodedata.category(character)[0] in "LN":
            letters.append("".join(_kept(c) for c in anyascii(character).lower() if c.isalnum()))
            unsure = True
    return "".join(letters), unsure


def _kept(character: str) -> str:
    if character.isalnum() or character in "- ":
        return character
    return " " if character.isspace() or character in ",/&+" else ""


def _with_particles(words: Sequence[str], rules: Rules) -> list[str]:
    """Each surname with the particles before it: de la cruz becomes delacruz."""
    names: list[str] = []
    waiting: list[str] = []
    for word in words:
        if word in PARTICLES:
            waiting.append(word)
            continue
        names.append(("." if rules.dotted_particles else "").join((*waiting, word)))
        waiting = []
    if waiting:
        names.append("".join(waiting))
    return names


def _parts(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(part for word in words for part in word.split("-") if part)


def _letters(parts: tuple[str, ...]) -> str:
    return "".join(character for part in parts for character in part if "a" <= character <= "z")
