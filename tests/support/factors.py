"""A factor store to test against: SQLite or PostgreSQL behind it, a real cipher, and apps that make codes."""

import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pyotp
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, StaticPool

from mfa import Confirmed, begin_totp, confirm_totp
from mfa.sql_store import SqlFactorStore
from mfa.tables import metadata

START = datetime(2026, 11, 24, 8, 0, 0, tzinfo=UTC)


class Keyring:
    """A `Sealer` whose sealing key can be rotated; values under older keys still open."""

    def __init__(self, mac_key: bytes = b"m" * 32, sealing_key: bytes = b"k" * 32) -> None:
        self._mac_key = mac_key
        self._ciphers = [AESGCM(sealing_key)]

    def rotate(self) -> None:
        self._ciphers.append(AESGCM(os.urandom(32)))

    def forget_old_keys(self) -> None:
        del self._ciphers[:-1]

    def seal(self, plaintext: bytes, purpose: str) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._ciphers[-1].encrypt(nonce, plaintext, purpose.encode())

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        failure: Exception = ValueError("no keys")
        for cipher in reversed(self._ciphers):
            try:
                return cipher.decrypt(sealed[:12], sealed[12:], purpose.encode())
            except Exception as error:  # noqa: BLE001  # the next key is tried
                failure = error
        raise failure

    def mac(self, message: bytes, purpose: str) -> bytes:
        return hmac.digest(self._mac_key, purpose.encode() + b"\0" + message, "sha256")


def engine_for(url: str) -> Engine:
    """An engine with the transactions that the library is promised: BEGIN IMMEDIATE on SQLite."""
    if not url.startswith("sqlite"):
        return create_engine(url, poolclass=NullPool)
    memory = url.endswith("://")
    engine = create_engine(
        url,
        poolclass=StaticPool if memory else NullPool,
        connect_args={"timeout": 60, "check_same_thread": not memory},
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


@contextmanager
def factor_store(engine: Engine, keyring: Keyring | None = None) -> Iterator[SqlFactorStore]:
    """A store in one transaction, committed at the end."""
    with engine.begin() as connection:
        yield SqlFactorStore(connection, keyring or Keyring())


def new_database(url: str) -> Engine:
    """An engine on a database with the library's tables."""
    engine = engine_for(url)
    metadata.create_all(engine)
    return engine


@contextmanager
def memory_store() -> Iterator[SqlFactorStore]:
    """A store of its own in memory, for tests that need no second connection."""
    engine = new_database("sqlite+pysqlite://")
    with factor_store(engine) as store:
        yield store
    engine.dispose()


class App:
    """An authenticator app, set up by the text that a person would copy; its clock may be wrong."""

    def __init__(self, secret: str, authenticator_id: str, skew: int = 0) -> None:
        self.authenticator_id = authenticator_id
        self.skew = skew
        self._totp = pyotp.TOTP(secret)

    def code(self, now: datetime, steps: int = 0) -> str:
        return self._totp.at(int(now.timestamp()) + self.skew + 30 * steps)


def enrol_app(store: SqlFactorStore, subject: str, now: datetime = START) -> App:
    """Bind an app. Its confirming code is spent: the next one is a step later."""
    pending = begin_totp(store, subject, "Portvakt", "anna", now)
    app = App(pending.secret, pending.authenticator_id)
    outcome = confirm_totp(store, subject, pending.authenticator_id, app.code(now), now)
    if not isinstance(outcome, Confirmed):
        raise TypeError(f"the app was not confirmed: {outcome}")
    return app
