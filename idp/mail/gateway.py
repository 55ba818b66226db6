"""Text messages and voice calls leave through the organisation's HTTP gateway: one POST each.

The gateway's form is configured: the names of its fields, what else it wants, and how it knows us.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlencode

from idp.domain.errors import Unavailable

_DONE = range(200, 300)
_REFUSED = range(400, 500)
_TRY_LATER = frozenset({408, 425, 429})


class Form(StrEnum):
    """What the gateway reads."""

    JSON = "json"
    URLENCODED = "form"


@dataclass(frozen=True, slots=True)
class Gateway:
    """How the gateway is asked. `voice_url` is empty where it makes no calls; `more` are fields sent as they are."""

    url: str
    voice_url: str = ""
    form: Form = Form.JSON
    number_field: str = "to"
    text_field: str = "message"
    more: Mapping[str, str] = field(default_factory=dict)
    authorization: str = field(default="", repr=False)


class Posting(Protocol):
    """The outgoing calls that this needs; `web.outgoing` is one, bound to the gateway's host."""

    def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> int:
        """Post and return the status; raises Unavailable if that fails or is not allowed."""


class Refused(Exception):
    """The gateway will never take this; trying again is no use."""


@dataclass(frozen=True, slots=True)
class TextGateway:
    """Sends; safe to use from many threads."""

    gateway: Gateway
    posting: Posting

    def send(self, number: str, text: str, *, voice: bool) -> None:
        """Have `text` sent or read out; raises Unavailable to be tried again, Refused if it never will be."""
        gateway = self.gateway
        url = gateway.voice_url if voice else gateway.url
        if not url:
            raise Refused("the gateway makes no calls")
        fields = {**gateway.more, gateway.number_field: number, gateway.text_field: text}
        if gateway.form is Form.JSON:
            content, kind = json.dumps(fields, ensure_ascii=False).encode(), "application/json"
        else:
            content, kind = urlencode(fields).encode("ascii"), "application/x-www-form-urlencoded"
        headers = {"Content-Type": kind}
        if gateway.authorization:
            headers["Authorization"] = gateway.authorization
        status = self.posting.post(url, content, headers)
        if status in _DONE:
            return
        if status in _REFUSED and status not in _TRY_LATER:
            raise Refused(f"the gateway answered {status}")
        raise Unavailable(f"the gateway answered {status}")
