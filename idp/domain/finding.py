"""How people are found: what is typed and what is known are folded alike, so that å, a and Å are one letter."""

import re
from functools import lru_cache

from anyascii import anyascii

_LONGEST = 100
LONGEST_TOKEN = 64
_APART = re.compile(r"[^a-z0-9]+")
MOST_WORDS = 6


@lru_cache(maxsize=65_536)
def _letter(character: str) -> str:
    return anyascii(character).lower()


def folded(text: str) -> str:
    """Return text in small ASCII letters, whatever its accents, case and Unicode form."""
    plain = text if text.isascii() else "".join(_letter(one) for one in text)
    return " ".join(plain.lower().split())


def tokens(text: str) -> list[str]:
    """Return what one is found by the beginning of: words of folded text, their parts around hyphens and dots.

    Each comes once; one longer than a column holds is cut.
    """
    found: dict[str, None] = {}
    for word in text.split():
        found |= dict.fromkeys([word, *filter(None, _APART.split(word))])
    return [one[:LONGEST_TOKEN] for one in found]


def words_of(typed: str) -> list[str]:
    """Return the words that somebody typed, folded; every one has to be found."""
    return [word[:LONGEST_TOKEN] for word in folded(typed[:_LONGEST]).split()[:MOST_WORDS]]
