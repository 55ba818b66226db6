"""The table `[text_messages]`: the gateway that codes are sent through. Without it nothing is sent by telephone."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from idp.configuration.secret_reference import read_secret
from idp.configuration.table_reader import TableReader
from idp.mail.gateway import Form, Gateway

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def read_gateway(inner: TableReader, environment: Mapping[str, str], folder: Path) -> Gateway | None:
    """Return the gateway, None if no address is given."""
    url, voice_url = _address(inner, "url"), _address(inner, "voice_url")
    form = inner.choice("format", Form.JSON, {one.value: one for one in Form})
    number_field = inner.text("number_field", "to")
    text_field = inner.text("text_field", "message")
    more = inner.inner("fields")
    fields = {name: more.text(name, "") for name in more.table}
    more.finish()
    secret = ""
    if inner.has("authorization"):
        secret = read_secret(inner, "authorization", environment, folder) or ""
    inner.finish()
    if not url and not voice_url:
        return None
    return Gateway(url, voice_url, form, number_field, text_field, fields, secret)


def read_daily(inner: TableReader) -> int:
    """Return how many codes may be sent in a day by everybody together."""
    return inner.number("per_day", 1000, least=1, most=1_000_000)


def _address(inner: TableReader, name: str) -> str:
    url = inner.text(name, "")
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if url and (not parts.hostname or not safe):
        inner.wrong(name, "an https:// address (http:// is for this machine alone)")
    return url
