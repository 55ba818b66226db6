"""How people are found: what is typed and what is known are folded alike, so that å, a and Å are one letter."""

from functools import lru_cache

from anyascii import anyascii

_LONGEST = 100
MOST_WORDS = 6


@lru_cache(maxsize=65_536)
def _letter(character: str) -> str:
    return anyascii(character).lower()


def folded(text: str) -> str:
    """Return text in small ASCII letters, whatever its accents, case and Unicode form."""
    plain = text if text.isascii() else "".join(_letter(one) for one in text)
    return " ".join(plain.lower().split())


def words_of(typed: str) -> list[str]:
    """Return the words that somebody typed, folded; every one has to be found."""
    return folded(typed[:_LONGEST]).split()[:MOST_WORDS]
