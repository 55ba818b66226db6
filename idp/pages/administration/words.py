"""What templates of the administration say with values in it: refusals, reasons, records."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from starlette.requests import Request

from idp.domain import reasons
from idp.domain.events.words import words_of
from idp.domain.roles import Refused
from idp.domain.roles.words import ACTS, REACHES, ROLES, sentences
from idp.pages.devices import device_of
from idp.web.kit import Kit

_MOST_DIGITS = 9


def in_words(kit: Kit, request: Request, refused: Refused) -> str:
    """Return a refusal in the reader's language."""
    return " ".join(sentences(refused, partial(kit.rendering.translate, kit.language(request))))


def helpers(kit: Kit, request: Request) -> Mapping[str, Any]:
    """Return functions for every template of the administration, in the reader's language."""
    translate = partial(kit.rendering.translate, kit.language(request))
    return {
        "event_words": words_of,
        "reason_words": partial(reasons.sentence, translate=translate),
        "role_words": ROLES,
        "reach_words": REACHES,
        "act_words": ACTS,
        "device_of": device_of,
    }


def number_of(typed: str, otherwise: int) -> int:
    """Return a small number as a query gives it."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS else otherwise
