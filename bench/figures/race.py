"""A hundred tries of one one-time password at once, from two processes: exactly one wins, and how long it takes."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pyotp

import mfa
from bench.floors.factor_kinds import SEED
from bench.floors.spend_codes import transaction
from bench.floors.unsealed import Unsealed
from bench.processes import pinned
from bench.rounds import durations
from bench.rows import Line
from bench.workbench import Figure, Workbench
from idp.storage.engine import make_engine
from mfa.one_time_passwords import base32
from mfa.sql_store import SqlFactorStore
from mfa.tables import metadata

_PROCESSES, _THREADS = 2, 50


def measure(bench: Workbench) -> Iterator[Line]:
    """Yield the line; raises RuntimeError if more or fewer than one try won."""
    bench.say("a hundred tries of one code, from two processes")
    pairs = [(_race(bench, "ours"), _race(bench, "bare")) for _ in range(bench.options.runs)]
    yield durations(
        "race",
        "100 tries of one TOTP code, two processes, one wins",
        "the same race for one conditional UPDATE",
        [pair[0] for pair in pairs],
        [pair[1] for pair in pairs],
        None,
    )


def _race(bench: Workbench, side: str) -> float:
    """Return how many seconds it took until everybody had an answer."""
    file, now = bench.folder / f"race-{side}.db", datetime.now(UTC)
    file.unlink(missing_ok=True)
    engine = make_engine(f"sqlite:///{file}")
    metadata.create_all(engine)
    with transaction(engine) as connection:
        mfa.import_totp(SqlFactorStore(connection, Unsealed()), "anna", SEED, "", now)
        connection.exec_driver_sql("CREATE TABLE bare (id TEXT PRIMARY KEY, used INT)")
        connection.exec_driver_sql("INSERT INTO bare VALUES ('anna', 0)")
    engine.dispose()
    code = pyotp.TOTP(base32(SEED)).at(now)
    command = [
        sys.executable,
        "-m",
        "bench.floors.race",
        str(file),
        side,
        now.isoformat(),
        code,
        str(_THREADS),
    ]
    running = [
        subprocess.Popen(pinned(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(_PROCESSES)
    ]
    for process in running:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise RuntimeError("a contender did not start")
    began = time.perf_counter()
    for process in running:
        if process.stdin is not None:
            process.stdin.write("go\n")
            process.stdin.flush()
    won = sum(int(process.communicate()[0]) for process in running)
    lasted = time.perf_counter() - began
    if won != 1:
        raise RuntimeError(f"{won} tries of one code won")
    return lasted


FIGURE = Figure("race", measure)
