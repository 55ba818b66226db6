"""What a form of many fields came to: a value, or what is wrong with it, field by field.

Each room reads its own fields; this is how it says so, to its pages and to the reader.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from idp.web.marking import mark

T = TypeVar("T")
_SENTENCE = mark("{field}: expected {expected}. {found}")


@dataclass(frozen=True, slots=True)
class Wrong:
    """One field that cannot be taken: `expected` is a msgid, `found` what was typed."""

    field: str
    expected: str
    found: str = ""


@dataclass(frozen=True, slots=True)
class Typed(Generic[T]):
    """What a form said, and what came of it; `value` is None while something is wrong."""

    fields: Mapping[str, str]
    value: T | None
    wrong: tuple[Wrong, ...]

    def complaints(self, translate: Callable[[str], str]) -> tuple[str, ...]:
        """Return a finished sentence for each field that cannot be taken."""
        words = translate(_SENTENCE)
        return tuple(
            words.format(field=one.field, expected=translate(one.expected), found=one.found).strip()
            for one in self.wrong
        )
