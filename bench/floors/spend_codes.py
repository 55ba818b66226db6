"""Spends one-time passwords for some seconds: `python -m` with SECONDS, FILE, totp|hotp and ours|bare.

`ours` is `mfa.verify`: the counter of failures, the check, the conditional write. `bare` is pyotp over the same window
and the same conditional write. Both have one transaction for each code, on one SQLite file.
"""

import hmac
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
from sqlalchemy import Connection, Engine

import mfa
from idp.storage.engine import make_engine
from mfa import hotp, token_stock, totp
from mfa.one_time_passwords import base32
from mfa.sql_store import SqlFactorStore
from mfa.tables import metadata

SEED = b"12345678901234567890"
_STEP = 30


class _Unsealed:
    """A sealer that seals nothing: sealing is measured elsewhere."""

    def seal(self, plaintext: bytes, purpose: str) -> bytes:
        del purpose
        return plaintext

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        del purpose
        return sealed

    def mac(self, message: bytes, purpose: str) -> bytes:
        return hmac.digest(purpose.encode(), message, "sha256")


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A writing transaction, as the product begins one."""
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def ours(engine: Engine, kind: str, began: datetime) -> Callable[[int], bool]:
    """Return what spends the code number n with everything around it."""
    with transaction(engine) as connection:
        store = SqlFactorStore(connection, _Unsealed())
        if kind == "totp":
            mfa.import_totp(store, "anna", SEED, "", began)
        else:
            token_stock.take_in(store, [mfa.Seed(serial="1", kind=mfa.FactorKind.HOTP, secret=SEED)], began)
            token_stock.hand_out(store, "1", "anna", began)
    codes = pyotp.HOTP(base32(SEED))
    first = int(began.timestamp()) // _STEP if kind == "totp" else 0

    def spend(number: int) -> bool:
        now = began + timedelta(seconds=_STEP * number)
        with transaction(engine) as connection:
            store = SqlFactorStore(connection, _Unsealed())
            response = mfa.OneTimePasswordResponse(codes.at(first + number))
            return isinstance(mfa.verify(store, "anna", response, now), mfa.Accepted)

    return spend


def bare(engine: Engine, kind: str, began: datetime) -> Callable[[int], bool]:
    """Return what spends the code number n with the library and one write."""
    with transaction(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE bare (id TEXT PRIMARY KEY, used INT)")
        connection.exec_driver_sql("INSERT INTO bare VALUES ('anna', -1)")
    codes = pyotp.HOTP(base32(SEED))
    first = int(began.timestamp()) // _STEP if kind == "totp" else 0
    before, after = (totp.WINDOW, totp.WINDOW) if kind == "totp" else (0, hotp.LOOK_AHEAD)

    def spend(number: int) -> bool:
        place = first + number
        typed = codes.at(place)
        window = range(max(0, place - before), place + after + 1)
        found = [step for step in window if hmac.compare_digest(codes.at(step), typed)]
        with transaction(engine) as connection:
            written = connection.exec_driver_sql(
                "UPDATE bare SET used = ? WHERE id = 'anna' AND used < ?", (found[-1], found[-1])
            )
            return written.rowcount == 1

    return spend


def main() -> None:
    """Spend, and print codes a second and processor milliseconds for one."""
    seconds, file, kind, side = float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    file.unlink(missing_ok=True)
    engine = make_engine(f"sqlite:///{file}")
    metadata.create_all(engine)
    spend = (ours if side == "ours" else bare)(engine, kind, datetime.now(UTC))
    count, began, spent = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        if not spend(count):
            sys.exit(f"code {count} was refused")
        count += 1
    print(count / (time.perf_counter() - began), 1000 * (time.process_time() - spent) / count)


if __name__ == "__main__":
    main()
