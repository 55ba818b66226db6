"""Where a list goes on: a signed word that only the same token, operation and filter can use (C5, F88)."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta

LIFETIME = timedelta(hours=1)
_LONGEST = 600
_MAC_BYTES = 16


class CursorRefused(Exception):
    """The cursor is not ours, not for this list, or too old."""


class Cursors:
    """Makes and opens cursors. `mac` is the sealer's keyed hash."""

    def __init__(self, mac: Callable[[bytes, str], bytes]) -> None:
        self._mac = mac

    def make(self, bound: str, last: str, now: datetime) -> str:
        """Return the cursor of a list that is `bound` to a token, an operation and a filter."""
        until = int((now + LIFETIME).timestamp())
        text = json.dumps([last, until], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._tag(bound, text) + text).rstrip(b"=").decode("ascii")

    def open(self, bound: str, cursor: str, now: datetime) -> str:
        """Return where the page before ended; raises CursorRefused."""
        if len(cursor) > _LONGEST or not cursor.isascii():
            raise CursorRefused
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except ValueError as error:
            raise CursorRefused from error
        tag, text = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(tag, self._tag(bound, text)):
            raise CursorRefused
        last, until = json.loads(text)
        if until < now.timestamp():
            raise CursorRefused
        return str(last)

    def _tag(self, bound: str, text: bytes) -> bytes:
        return self._mac(bound.encode("utf-8") + b"\0" + text, "api-cursor")[:_MAC_BYTES]
