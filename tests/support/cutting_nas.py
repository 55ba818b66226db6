"""A network access server that cuts connections when it is told to: pyrad on a socket."""

import socket
import threading
from contextlib import contextmanager
from pathlib import Path

from pyrad import packet as pyrad_packet
from pyrad.dictionary import Dictionary

from tests.support.nas import SECRET

DICTIONARY = Dictionary(str(Path(__file__).parents[1] / "radius" / "dictionary"))


class Cutting:
    """A NAS that takes Disconnect-Messages, as pyrad understands them; the first `lost` do not reach it."""

    def __init__(self, code: int, lost: int) -> None:
        self.code = code
        self.lost = lost
        self.heard: list[dict] = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.port = self.socket.getsockname()[1]
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def serve(self) -> None:
        while not self.ending.is_set():
            try:
                data, source = self.socket.recvfrom(4096)
            except TimeoutError:
                continue
            self.lost -= 1
            asked = pyrad_packet.CoAPacket(dict=DICTIONARY, secret=SECRET.encode(), packet=data)
            if self.lost >= 0 or not asked.VerifyCoARequest():
                continue
            asked.message_authenticator = True
            self.heard.append({name: asked[name][0] for name in asked.keys() if isinstance(name, str)})  # noqa: SIM118
            reply = asked.CreateReply()
            reply.code = self.code
            if self.code == 42:
                reply["Error-Cause"] = 404
            self.socket.sendto(reply.ReplyPacket(), source)


@contextmanager
def cutting(code: int = 41, lost: int = 0):
    nas = Cutting(code, lost)
    nas.thread.start()
    try:
        yield nas
    finally:
        nas.ending.set()
        nas.thread.join(timeout=10)
        nas.socket.close()
