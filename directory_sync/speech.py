"""In which language a plan is told: the seam between what is said and the language that it is said in.

Every message is English with {placeholders}, and its own identifier. Owns no message and knows no other language:
whoever has translations hands in how a message is translated and how a moment is told.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol


class Say(Protocol):
    """Tells a message with its values: texts and numbers as they are, moments as the language tells them."""

    def __call__(self, msgid: str, /, **values: object) -> str: ...


def speaking(translate: Callable[[str], str], moment: Callable[[datetime], str]) -> Say:
    """Return how to speak a language: by its translation of a message, and its form of a moment."""

    def tell(msgid: str, /, **values: object) -> str:
        told = {name: moment(one) if isinstance(one, datetime) else one for name, one in values.items()}
        return translate(msgid).format(**told)

    return tell


def utc(moment: datetime) -> str:
    """The moment as it is written in English, and in what is stored."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


english = speaking(str, utc)
