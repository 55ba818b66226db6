"""TLS towards an LDAP server, with every wait bounded; libldap speaks into the near end of it.

Owns the handshake, StartTLS (RFC 4511 §4.14, RFC 4513 §3.1) and the copying of bytes. Knows no LDAP beyond that one
exchange.

libldap's own TLS is not used: built with GnuTLS, as Debian builds it, its handshake with a server that takes the call
and says nothing spins for ever, whatever timeouts are set, and it asks ldap.conf and the environment what to believe.
Here the certificate and the host name are verified by Python's ssl, and only the settings have a say (L4, L11).
"""

import select
import socket
import ssl
import threading
import time
from contextlib import suppress
from pathlib import Path

_START_TLS = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
_EXTENDED_RESPONSE = 0x78
_ENUMERATED = 0x0A
_SUCCESS = 0
_CHUNK = 65_536
_LONG_FORM = 0x80


class TunnelFault(Exception):
    """No safe connection; the text says why."""


class TlsTunnel:
    """One connection. `near` is a plain socket whose bytes travel encrypted; whoever takes it over closes it."""

    def __init__(self, host: str, port: int, ca_file: Path, *, start_tls: bool, seconds: float) -> None:
        """Raises `TunnelFault`."""
        self._deadline = time.monotonic() + seconds
        try:
            context = _context(ca_file)
            with socket.create_connection((host, port), timeout=seconds) as plain:
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                plain.settimeout(0)
                if start_tls:
                    self._start_tls(plain)
                # From here on the socket belongs to the encrypted one.
                self._far = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        except ssl.SSLError as error:
            raise TunnelFault(f"no safe connection to the directory: {error.reason or error}") from error
        except OSError as error:
            raise TunnelFault(f"the directory cannot be reached ({error.strerror or error})") from error
        try:
            self._shake_hands()
        except BaseException:
            self._far.close()
            raise
        self.near, self._inner = socket.socketpair()
        self._inner.settimeout(0)
        threading.Thread(target=self._carry, name=f"tls {host}:{port}", daemon=True).start()

    def _shake_hands(self) -> None:
        try:
            while not self._is_shaken():
                pass
        except ssl.SSLCertVerificationError as error:
            raise TunnelFault(f"the directory's certificate is refused: {error.verify_message}") from error
        except OSError as error:
            raise TunnelFault(f"no safe connection to the directory: {error.strerror or error}") from error

    def _is_shaken(self) -> bool:
        """One more step of the handshake, after waiting for what it needs."""
        try:
            self._far.do_handshake()
        except ssl.SSLWantReadError:
            self._wait(self._far, writing=False)
            return False
        except ssl.SSLWantWriteError:
            self._wait(self._far, writing=True)
            return False
        return True

    def _wait(self, waiting: socket.socket, *, writing: bool) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0 or not _ready(waiting, writing=writing, seconds=left):
            raise TunnelFault("the directory did not answer in time")

    def _start_tls(self, plain: socket.socket) -> None:
        """Ask for TLS; anything but a plain yes ends the attempt, and nothing may come after the yes."""
        plain.send(_START_TLS)
        answer = b""
        while (length := _message_length(answer)) is None or len(answer) < length:
            self._wait(plain, writing=False)
            more = plain.recv(_CHUNK)
            if not more or len(answer) > _CHUNK:
                raise TunnelFault("no safe connection: the directory ended it instead of starting TLS")
            answer += more
        if len(answer) > length:
            # Whoever stands in between slipped in bytes to be taken for the server's own (RFC 4513 §3.1.1).
            raise TunnelFault("no safe connection: bytes in the clear after the answer to StartTLS")
        if not _says_yes(answer):
            raise TunnelFault("no safe connection: the directory refuses StartTLS")

    def close(self) -> None:
        """Ends the copying, also when the server takes nothing and sends nothing."""
        with suppress(OSError):
            # Not SSLSocket's own shutdown, which would take the session from under the copying thread.
            socket.socket.shutdown(self._far, socket.SHUT_RDWR)

    def _carry(self) -> None:
        """Copy in both directions until either side ends."""
        try:
            while True:
                if not self._far.pending():
                    _ready(self._far, self._inner)
                for source, sink in ((self._far, self._inner), (self._inner, self._far)):
                    data = _receive(source)
                    if data == b"":
                        return
                    if data is not None:
                        _send(sink, data)
        except OSError:
            return  # either side is gone, which ends the connection
        finally:
            self._inner.close()
            self._far.close()


def _ready(*sockets: socket.socket, writing: bool = False, seconds: float | None = None) -> bool:
    """Wait until one of them is ready. By poll: select cannot take a descriptor above 1023, and a server has many."""
    waiting = select.poll()
    for one in sockets:
        waiting.register(one, select.POLLOUT if writing else select.POLLIN)
    return bool(waiting.poll(None if seconds is None else seconds * 1000))


def _receive(source: socket.socket) -> bytes | None:
    """What has come; None if nothing has, and no bytes at the end. A TLS record may hold nothing for us."""
    try:
        return source.recv(_CHUNK)
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return None


def _send(sink: socket.socket, data: bytes) -> None:
    left = memoryview(data)
    while left:
        try:
            left = left[sink.send(left) :]
        except (BlockingIOError, ssl.SSLWantWriteError):
            _ready(sink, writing=True)
        except ssl.SSLWantReadError:
            _ready(sink)


def _context(ca_file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # demands a certificate and that it names the host
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=ca_file)
    return context


def _message_length(data: bytes) -> int | None:
    """The length of the BER element at the beginning, head included; None while that cannot be told yet."""
    if len(data) < 2:  # noqa: PLR2004  a tag and the first octet of the length
        return None
    first = data[1]
    if first < _LONG_FORM:
        return 2 + first
    octets = first - _LONG_FORM
    return None if len(data) < 2 + octets else 2 + octets + int.from_bytes(data[2 : 2 + octets], "big")


def _says_yes(answer: bytes) -> bool:
    """Whether this is an ExtendedResponse with resultCode success (RFC 4511 §4.12, §4.1.9)."""
    try:
        message = _content(answer)
        response = message[_message_length(message) :]
        return response[0] == _EXTENDED_RESPONSE and _content(response)[:3] == bytes(
            (_ENUMERATED, 1, _SUCCESS)
        )
    except IndexError:
        return False


def _content(element: bytes) -> bytes:
    head = 2 if element[1] < _LONG_FORM else 2 + element[1] - _LONG_FORM
    return element[head : _message_length(element)]
