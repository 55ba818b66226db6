"""The cookies: each holds a random handle or a language and nothing else (statement B4).

`__Host-` makes a browser take them only from this host over a safe channel, for the whole host
(RFC 6265bis §4.1.3.2), so that a sibling system cannot plant one.
"""

import re
from datetime import timedelta

from starlette.types import Scope

from idp.web.arrival import header_values

SESSION = "__Host-portvakt_session"
BROWSER = "__Host-portvakt_browser"
DEVICE = "__Host-portvakt_device"
LANGUAGE = "__Host-portvakt_language"

#: In the scope: the cookies that were read.
_JAR = "portvakt.cookies"
_HANDLE = re.compile(r"[A-Za-z0-9_-]{43}")
_A_YEAR = 365 * 24 * 3600


def read(scope: Scope, name: str) -> str | None:
    """Return a cookie's value; None if it is missing or sent twice with different values."""
    held: dict[bytes, str | None] | None = scope.get(_JAR)
    if held is None:
        held = scope[_JAR] = _jar(scope)
    return held.get(name.encode("ascii"))


def _jar(scope: Scope) -> dict[bytes, str | None]:
    """Return the cookies of a request, read once; None for one that was sent twice with different values."""
    jar: dict[bytes, str | None] = {}
    for sent in header_values(scope, b"cookie"):
        for part in sent.split(b";"):
            name, equals, value = part.strip().partition(b"=")
            text = value.decode("latin-1")
            if equals:
                jar[name] = text if jar.get(name, text) == text else None
    return jar


def read_handle(scope: Scope, name: str) -> str | None:
    """Return a cookie's handle; None if it is missing or no handle of ours by its form."""
    value = read(scope, name)
    return value if value is not None and _HANDLE.fullmatch(value) else None


def setting(name: str, value: str, *, lasting: bool = False, lasts: timedelta | None = None) -> bytes:
    """Return the Set-Cookie value; it ends with the browser, unless it is `lasting` or `lasts` a certain time."""
    seconds = _A_YEAR if lasting else int(lasts.total_seconds()) if lasts else None
    age = f"; Max-Age={seconds}" if seconds is not None else ""
    return f"{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{age}".encode("ascii")


def clearing(name: str) -> bytes:
    """Return the Set-Cookie value that removes a cookie."""
    return f"{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0".encode("ascii")
