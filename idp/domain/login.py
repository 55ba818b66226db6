"""The one canonical form of a typed name, so that every spelling meets the same account and counter (S6, F22)."""

import unicodedata

MAX_LOGIN = 320


def login_key(typed: str) -> str:
    """Return the key under which a login or address is looked up.

    Outer spaces go; then NFKC and case folding, so that full-width letters, `aLiCe` and `alice` are one
    name. Longer input than any login or address (RFC 5321 §4.5.3.1) is cut and will match nobody.
    """
    folded = unicodedata.normalize("NFKC", typed).casefold()
    return unicodedata.normalize("NFKC", folded).strip()[: MAX_LOGIN + 1]
