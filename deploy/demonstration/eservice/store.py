"""Sessions on the server, and the logout tokens already used: one SQLite file.

Owns two tables. The cookie's random handle is kept as a digest; what a session holds is JSON. Knows
nothing of HTTP or OpenID Connect.
"""

import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

LIFETIME = timedelta(hours=8)

SCHEMA = """
CREATE TABLE IF NOT EXISTS session (
    digest BLOB PRIMARY KEY, data TEXT NOT NULL, subject TEXT, provider_session TEXT, expires REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS session_subject ON session (subject);
CREATE INDEX IF NOT EXISTS session_provider ON session (provider_session);
CREATE TABLE IF NOT EXISTS used_token (jti TEXT PRIMARY KEY, expires REAL NOT NULL) WITHOUT ROWID;
"""


def _digest(handle: str) -> bytes:
    return hashlib.sha256(handle.encode()).digest()


class SessionStore:
    """All sessions of the e-service. Safe to call from several threads."""

    def __init__(self, file: Path) -> None:
        """Open the file and make the tables if they are missing."""
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(SCHEMA)

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        with self._lock:
            return self._connection.execute(statement, values)

    def read(self, handle: str, now: datetime) -> dict[str, object] | None:
        """What the session holds; None if there is none, or it has ended."""
        row = self._run(
            "SELECT data FROM session WHERE digest = ? AND expires > ?", _digest(handle), now.timestamp()
        ).fetchone()
        if row is None:
            return None
        data: dict[str, object] = json.loads(row[0])
        return data

    def begin(self, data: Mapping[str, object], now: datetime) -> str:
        """Store a new session and return its handle."""
        self._run("DELETE FROM session WHERE expires <= ?", now.timestamp())
        handle = secrets.token_urlsafe(32)
        self._run(
            "INSERT INTO session VALUES (?, ?, ?, ?, ?)",
            _digest(handle), *_columns(data), (now + LIFETIME).timestamp(),
        )  # fmt: skip
        return handle

    def update(self, handle: str, data: Mapping[str, object]) -> None:
        """Replace what a session holds. One that was ended meanwhile stays ended."""
        self._run(
            "UPDATE session SET data = ?, subject = ?, provider_session = ? WHERE digest = ?",
            *_columns(data), _digest(handle),
        )  # fmt: skip

    def end(self, handle: str) -> None:
        self._run("DELETE FROM session WHERE digest = ?", _digest(handle))

    def end_all_of(self, *, provider_session: str | None, subject: str | None) -> int:
        """End the sessions of one session at the provider or, if it names none, all of a subject."""
        if provider_session is not None:
            return self._run("DELETE FROM session WHERE provider_session = ?", provider_session).rowcount
        return self._run("DELETE FROM session WHERE subject = ?", subject).rowcount

    def use_token(self, jti: str, expires: datetime, now: datetime) -> bool:
        """Mark a logout token as used; false if it has been used before."""
        self._run("DELETE FROM used_token WHERE expires <= ?", now.timestamp())
        return (
            self._run("INSERT OR IGNORE INTO used_token VALUES (?, ?)", jti, expires.timestamp()).rowcount
            == 1
        )

    def close(self) -> None:
        self._connection.close()


def _columns(data: Mapping[str, object]) -> tuple[str, object, object]:
    claims = data.get("claims")
    known: Mapping[str, object] = claims if isinstance(claims, dict) else {}
    return json.dumps(data), known.get("sub"), known.get("sid")
