"""Codes that people read from paper and type: their alphabet, their printed form and a tolerant reading.

Crockford's base 32: no I, L, O or U, so that nothing looks like something else; 5 bits a symbol.
It does not know what a code is for, nor that codes are kept as keyed hashes.
"""

import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUP = 4
_LONGEST_INPUT = 128
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
# What keyboards, word processors and copying put between groups: hyphen-minus, hyphens, dashes, minus.
_DASHES = str.maketrans(dict.fromkeys("-‐‑‒–—−"))  # the look-alikes are the point


def generate(symbols: int) -> str:
    """A new code of 5 bits a symbol from the operating system's randomness, in its bare form."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(symbols))


def printed(code: str) -> str:
    """The code in groups of four: `7K3M-Q9TX-…`."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def parse(text: str, symbols: int) -> str | None:
    """The bare form of what somebody typed; None when it cannot be a code of that length."""
    if len(text) > _LONGEST_INPUT:
        return None
    bare = "".join(text.split()).translate(_DASHES)
    if not bare.isascii():  # before upper(), which would turn a dotless i into an I
        return None
    bare = bare.upper().translate(_LOOK_ALIKES)
    if len(bare) != symbols or not set(bare) <= set(_ALPHABET):
        return None
    return bare
