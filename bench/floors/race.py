"""One contender of a race for one code: `python -m` with FILE, a kind, ours|bare, when, the code and how many threads.

It says `ready`, waits for a line, lets its threads try all at once, each in a transaction of its own, and says how many
of them won.
"""

import hmac
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

import mfa
from bench.floors.spend_codes import transaction
from bench.floors.unsealed import Unsealed
from idp.storage.engine import make_engine
from mfa.sql_store import SqlFactorStore


def main() -> None:
    """Run, and print how many tries were accepted."""
    file, side, now, code, threads = (*sys.argv[1:5], int(sys.argv[5]))
    engine = make_engine(f"sqlite:///{Path(file)}")
    one = _ours(engine, code, datetime.fromisoformat(now)) if side == "ours" else _bare(engine, code)
    barrier = threading.Barrier(threads + 1)

    def contend(_: int) -> bool:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(contend, number) for number in range(threads)]
        print("ready", flush=True)
        sys.stdin.readline()
        barrier.wait()
        print(sum(future.result() for future in running), flush=True)


def _ours(engine: Engine, code: str, now: datetime) -> Callable[[], bool]:
    def one() -> bool:
        with transaction(engine) as connection:
            store = SqlFactorStore(connection, Unsealed())
            done = mfa.verify(store, "anna", mfa.OneTimePasswordResponse(code), now)
        return isinstance(done, mfa.Accepted)

    return one


def _bare(engine: Engine, code: str) -> Callable[[], bool]:
    def one() -> bool:
        if not hmac.compare_digest(code, code):
            return False
        with transaction(engine) as connection:
            written = connection.exec_driver_sql("UPDATE bare SET used = 1 WHERE id = 'anna' AND used < 1")
        return written.rowcount == 1

    return one


if __name__ == "__main__":
    main()
