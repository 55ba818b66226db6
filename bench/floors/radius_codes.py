"""A bare RADIUS loop that takes codes alone: `python -m` with FILE, totp|hotp, SECRET, HOLDERS and a port.

One thread, one SQLite connection with the product's own settings. For each request: the product's decoding and
signing, pyotp over the product's window, one conditional write, one audit row, one commit, one reply.
"""

import hmac
import json
import socket
import sqlite3
import sys
import time
from pathlib import Path

import pyotp

from bench.population import login_of, seed_of
from idp.radius.integrity import Signature, reply_to, signature_of, unhidden
from idp.radius.packet import Code, Packet, Type, decode
from idp.storage.engine import SQLITE_PRAGMAS
from mfa import hotp, totp
from mfa.one_time_passwords import base32

_STEP = 30
_SPEND = "UPDATE holders SET used = ? WHERE login = ? AND used < ?"
_LARGEST_DATAGRAM = 4096


class Codes:
    """The loop's database, and what is done for one request."""

    def __init__(self, file: Path, kind: str, holders: int) -> None:
        for old in file.parent.glob(file.name + "*"):
            old.unlink()
        self._timed = kind == "totp"
        self._sql = sqlite3.connect(file, isolation_level=None)
        for pragma in SQLITE_PRAGMAS:
            self._sql.execute(f"PRAGMA {pragma}")
        self._sql.execute("CREATE TABLE holders (login TEXT PRIMARY KEY, seed BLOB, used INT)")
        self._sql.execute("CREATE TABLE audit (id INTEGER PRIMARY KEY, at INT, record TEXT)")
        self._sql.execute("BEGIN")
        self._sql.executemany(
            "INSERT INTO holders VALUES (?, ?, -1)", ((login_of(n), seed_of(n)) for n in range(holders))
        )
        self._sql.execute("COMMIT")

    def spend(self, login: str, code: str) -> bool:
        """Check a code and spend it, in one durable transaction."""
        self._sql.execute("BEGIN IMMEDIATE")
        seed, used = self._sql.execute("SELECT seed, used FROM holders WHERE login = ?", (login,)).fetchone()
        codes = pyotp.HOTP(base32(seed))
        place = int(time.time()) // _STEP if self._timed else used + 1
        before, after = (totp.WINDOW, totp.WINDOW) if self._timed else (0, hotp.LOOK_AHEAD)
        window = range(max(0, place - before), place + after + 1)
        found = [step for step in window if hmac.compare_digest(codes.at(step), code)]
        written = 0
        if found:
            spent = (found[-1], login, found[-1])
            written = self._sql.execute(_SPEND, spent).rowcount
        record = json.dumps({"event": "proof_accepted", "subject": login, "right": bool(written)})
        self._sql.execute("INSERT INTO audit (at, record) VALUES (?, ?)", (time.time_ns() // 1000, record))
        self._sql.execute("COMMIT")
        return written == 1


def main() -> None:
    """Serve until the process is ended."""
    file, kind, secret, holders, port = sys.argv[1:]
    serve(Codes(Path(file), kind, int(holders)), secret.encode(), int(port))


def serve(codes: Codes, secret: bytes, port: int) -> None:
    """Answer one request after the other."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind(("127.0.0.1", port))
    while True:
        datagram, source = bound.recvfrom(_LARGEST_DATAGRAM)
        packet = decode(datagram)
        if not isinstance(packet, Packet) or signature_of(packet, secret) is not Signature.RIGHT:
            continue
        answer = Code.ACCESS_ACCEPT
        if packet.code is Code.ACCESS_REQUEST:
            login = (packet.first(Type.USER_NAME) or b"").decode()
            typed = unhidden(packet.first(Type.USER_PASSWORD) or b"", packet.authenticator, secret)
            right = codes.spend(login, typed.rstrip(b"\0").decode())
            answer = Code.ACCESS_ACCEPT if right else Code.ACCESS_REJECT
        bound.sendto(reply_to(packet, answer, (), secret), source)


if __name__ == "__main__":
    main()
