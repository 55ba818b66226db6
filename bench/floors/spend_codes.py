"""Spends proofs of a factor for some seconds: `python -m` with SECONDS, FILE, a kind and ours|bare.

`ours` is `mfa`: the counter of failures, the check, the conditional write. `bare` is the library (pyotp, python-fido2,
a keyed hash) and the same conditional write. Both have one transaction for each proof, on one SQLite file, and the
clock runs only while one is checked.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from bench.floors import factor_kinds
from idp.storage.engine import make_engine
from mfa.tables import metadata


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A writing transaction, as the product begins one."""
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def main() -> None:
    """Spend, and print proofs a second and processor milliseconds for one."""
    seconds, file, kind, side = float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    file.unlink(missing_ok=True)
    engine = make_engine(f"sqlite:///{file}")
    metadata.create_all(engine)
    with transaction(engine) as connection:
        make = factor_kinds.ours if side == "ours" else factor_kinds.bare
        spending: factor_kinds.Kind = make(kind, connection, datetime.now(UTC))
    count, lasted, spent = 0, 0.0, 0.0
    while lasted < seconds:
        with transaction(engine) as connection:
            proof = spending.prepare(connection, count)
        began, used = time.perf_counter(), time.process_time()
        with transaction(engine) as connection:
            accepted = spending.spend(connection, count, proof)
        lasted += time.perf_counter() - began
        spent += time.process_time() - used
        if not accepted:
            sys.exit(f"proof {count} was refused")
        count += 1
    print(count / lasted, 1000 * spent / count)


if __name__ == "__main__":
    main()
