"""Makes text from outside harmless for lines, terminals and spreadsheets (ATTACKS.md A4)."""

import unicodedata

# Controls, invisible and direction-changing characters, line and paragraph separators, lone surrogates.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_UNSEEN = frozenset({*_UNPRINTABLE, "Zs", "Mn", "Me"})
# Fillers: letters or symbols to Unicode, and nothing to the eye (Default_Ignorable_Code_Point; braille's blank).
_UNSEEN_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain(text: str, limit: int) -> str:
    """Return `text` on one line, unprintable characters spelt out, cut to `limit` characters."""
    short = text[: limit + 1]
    if not short.isascii() or not short.isprintable():
        short = "".join(_spelt(character) for character in short)
    return short if len(short) <= limit else f"{short[: limit - 1]}…"


def is_seen(character: str) -> bool:
    """Whether there is anything to see of a character that stands alone."""
    return unicodedata.category(character) not in _UNSEEN and character not in _UNSEEN_LETTERS


def is_name(text: str) -> bool:
    """Whether a name can be seen: at least one letter or digit that is no filler."""
    return any(is_seen(character) and character.isalnum() for character in text)


def for_spreadsheet(text: str) -> str:
    """Return `text` so that a spreadsheet shows it and does not compute it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _spelt(character: str) -> str:
    if unicodedata.category(character) not in _UNPRINTABLE:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004 - two hex digits suffice
