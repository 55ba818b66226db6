"""A small HTTP/1.1 client: one connection that is kept, one request at a time, a cookie jar of its own.

It is made to cost little, because what makes the load must not be what is measured. Loopback, no TLS.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Answer:
    """What a server answered; header names in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """Return the first value of a header, "" if it is missing."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class _Wire(asyncio.Protocol):
    """Reads one answer after the other: by Content-Length, in chunks, or to the end of the connection."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.waiting: asyncio.Future[Answer] | None = None
        self.transport: asyncio.Transport | None = None
        self._head: tuple[int, list[tuple[str, str]]] | None = None
        self._length = 0
        self._chunked = self._last = False

    @property
    def open(self) -> bool:
        return self.transport is not None and not self.transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # of a TCP connection

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(ConnectionError(str(error or "the connection was closed")))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self._head is None and not self._read_head():
            return
        body = self._chunks() if self._chunked else self._whole()
        if body is not None:
            self._finish(body)

    def _read_head(self) -> bool:
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        first, *lines = bytes(self.buffer[:end]).decode("latin-1").split("\r\n")
        del self.buffer[: end + 4]
        headers = [(name.lower(), value.strip()) for name, _, value in (one.partition(":") for one in lines)]
        self._length, self._chunked, self._last = 0, False, False
        for name, value in headers:
            if name == "content-length":
                self._length = int(value)
            elif name == "transfer-encoding":
                self._chunked = "chunked" in value.lower()
            elif name == "connection":
                self._last = value.lower() == "close"
        self._head = (int(first.split(" ", 2)[1]), headers)
        return True

    def _whole(self) -> bytes | None:
        if len(self.buffer) < self._length:
            return None
        body = bytes(self.buffer[: self._length])
        del self.buffer[: self._length]
        return body

    def _chunks(self) -> bytes | None:
        at = 0
        parts: list[bytes] = []
        while True:
            line = self.buffer.find(b"\r\n", at)
            if line < 0:
                return None
            size = int(bytes(self.buffer[at:line]).split(b";")[0], 16)
            if len(self.buffer) < line + 2 + size + 2:
                return None
            if size == 0:
                del self.buffer[: line + 4]
                return b"".join(parts)
            parts.append(bytes(self.buffer[line + 2 : line + 2 + size]))
            at = line + 2 + size + 2

    def _finish(self, body: bytes) -> None:
        if self._head is None:
            return
        status, headers = self._head
        self._head = None
        if self._last and self.transport is not None:
            self.transport.close()
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(Answer(status, headers, body))


@dataclass
class Browser:
    """One visitor of one origin: the Host header is the origin's, the connection goes to `connect` on loopback."""

    origin: str
    cookies: dict[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    connect: int = 0
    requests: int = 0
    _wire: _Wire | None = None

    async def get(self, path: str, **headers: str) -> Answer:
        """Ask for a path."""
        return await self._send("GET", path, b"", headers)

    async def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        """Send a form."""
        return await self._send("POST", path, urlencode(fields).encode(), {"content-type": FORM, **headers})

    async def post_json(self, path: str, body: object, **headers: str) -> Answer:
        """Send JSON."""
        sent = {"content-type": "application/json", **headers}
        return await self._send("POST", path, json.dumps(body).encode(), sent)

    def close(self) -> None:
        """Close the connection."""
        if self._wire is not None and self._wire.transport is not None:
            self._wire.transport.close()
        self._wire = None

    async def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(self.origin)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in {**self.headers, **headers}.items()]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        data = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
        answer = await self._exchange(data, parts.port or 80, again=True)
        self.requests += 1
        self._keep_cookies(answer)
        return answer

    async def _exchange(self, data: bytes, port: int, *, again: bool) -> Answer:
        """Send and wait; a server may close a kept connection at any moment, a fresh one must hold."""
        loop = asyncio.get_running_loop()
        if self._wire is None or not self._wire.open:
            _, self._wire = await loop.create_connection(_Wire, "127.0.0.1", self.connect or port)
        self._wire.waiting = loop.create_future()
        self._wire.transport.write(data)  # type: ignore[union-attr]  # open, as was just seen
        try:
            return await self._wire.waiting
        except ConnectionError:
            self._wire = None
            if not again:
                raise
        return await self._exchange(data, port, again=False)

    def _keep_cookies(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name != "set-cookie":
                continue
            pair, _, attributes = value.partition(";")
            key, _, held = pair.partition("=")
            if not held or "max-age=0" in attributes.lower() or "1970" in attributes:
                self.cookies.pop(key.strip(), None)
            else:
                self.cookies[key.strip()] = held


def local(location: str) -> str:
    """Return the path and query of a URL."""
    parts = urlsplit(location)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
