"""A TCP proxy that remembers what it carried, can cut, hang and alter, and a socket that says nothing."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Proxy:
    """Carries bytes between clients and one server; after `cut_after` of the server's a connection is dropped."""

    def __init__(
        self, target: tuple[str, int], listen: str = "127.0.0.1", cut_after: int | None = None
    ) -> None:
        self.target = target
        self.cut_after = cut_after
        if listen.startswith("/"):
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(listen)
            self._listener.listen()
        else:
            self._listener = socket.create_server((listen, 0))
        self._open: list[socket.socket] = []
        self.address: tuple[str, int] = self._listener.getsockname()
        self.connections = 0
        self.swallows = False
        """Whether what arrives is taken and not carried on, as by a line that was cut without a word."""
        self.hangs = False
        """Whether a connection that has carried `cut_after` is left open and silent instead."""
        self.alter: Callable[[bytes], bytes] = bytes
        """What becomes of the clients' bytes on their way."""
        self.sent = bytearray()
        self.received = bytearray()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return self.address[1]

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(self.target)
            self._open += [client, server]
            threading.Thread(
                target=self._carry, args=(client, server, self.sent, None, True), daemon=True
            ).start()
            arguments = (server, client, self.received, self.cut_after, False)
            threading.Thread(target=self._carry, args=arguments, daemon=True).start()

    def _carry(
        self,
        source: socket.socket,
        sink: socket.socket,
        memory: bytearray,
        limit: int | None,
        is_clients: bool,  # noqa: FBT001  one of two directions
    ) -> None:
        carried = 0
        try:
            while data := source.recv(4096):
                if self.swallows:
                    continue
                memory += data
                carried += len(data)
                if limit is None or carried <= limit:
                    sink.sendall(self.alter(data) if is_clients else data)
                    continue
                sink.sendall(data[: max(0, len(data) - (carried - limit))])
                if not self.hangs:
                    break
        except OSError:
            pass
        for end in (source, sink):
            with suppress_os_error():
                end.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """Drop every connection there is now; new ones are carried."""
        ends, self._open = self._open, []
        for end in ends:
            with suppress_os_error():
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def refuse(self) -> None:
        """Take no connections any more, and drop those there are."""
        with suppress_os_error():
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def admit(self) -> None:
        """Take connections again, at the same port."""
        self._listener = socket.create_server(self.address)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for end in (self._listener, *self._open):
            with suppress_os_error():
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def suppress_os_error() -> Iterator[None]:
    try:
        yield
    except OSError:
        return


@contextmanager
def proxy_to(
    target: tuple[str, int], listen: str = "127.0.0.1", cut_after: int | None = None
) -> Iterator[Proxy]:
    proxy = Proxy(target, listen, cut_after)
    try:
        yield proxy
    finally:
        proxy.close()


@contextmanager
def silence() -> Iterator[int]:
    """The port of a socket that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
