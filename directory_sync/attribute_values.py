"""Single values of an entry, cleaned of what nobody means to write.

Owns what a usable text is. Knows no meaning of any attribute.
"""

import unicodedata
from collections.abc import Mapping
from typing import TypeAlias

Attributes: TypeAlias = Mapping[str, tuple[str, ...]]
"""By name in lower case, as `DirectoryEntry` holds them."""

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_UNSEEN = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp", "Mn", "Me"})
UNSEEN_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Fillers: letters or symbols to Unicode, and nothing to the eye (Default_Ignorable_Code_Point; braille's blank)."""


class Unusable(Exception):
    """Why an entry cannot be used; becomes a `BrokenEntry` before it leaves the mapping."""


def taken(attributes: Attributes, origins: dict[str, str], field: str, attribute: str | None) -> str | None:
    """The attribute's value, if there is one; notes that this is where the field comes from."""
    if attribute is None:
        return None
    values = attributes.get(attribute.lower())
    text = clean(values[0], attribute) if values else ""
    if not text:
        return None
    origins[field] = attribute
    return text


def first(attributes: Attributes, attribute: str) -> str | None:
    """The first value, or None if there is nothing in it. Raises `Unusable`."""
    values = attributes.get(attribute.lower())
    return clean(values[0], attribute) or None if values else None


def clean(value: str, attribute: str) -> str:
    """In single blanks, none at the ends; "" if nothing of it can be seen. Control characters are nobody's name."""
    text = " ".join(value.split())
    if not text.isprintable() and any(_is_control(c) for c in text):
        raise Unusable(f"{attribute} holds control characters")
    return text if text.isascii() or any(map(is_seen, text)) else ""


def is_seen(character: str) -> bool:
    """Whether there is anything to see of a character that stands alone."""
    return unicodedata.category(character) not in _UNSEEN and character not in UNSEEN_LETTERS


def _is_control(character: str) -> bool:
    """Control characters, and those that turn the direction of writing and so disguise a name."""
    return unicodedata.category(character) == "Cc" or character in _TURNING
