"""Many submit the same thing at once: threads here, or whole processes started as `python -m` of this module.

A contender connects first, waits for the start, and each of its threads makes one try in a transaction of its
own, as a host would.
"""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from mfa import (
    CODE_LIMITS,
    Ceremony,
    FactorKind,
    OneTimePasswordResponse,
    PasskeyPurpose,
    RecoveryCodeResponse,
    RelyingParty,
    TemporaryCodeResponse,
    activate,
    bind_passkey,
    confirm_totp,
    generate_recovery_codes,
    prove_passkey,
    reserve,
    verify,
)
from mfa.sql_store import SqlFactorStore
from tests.support.factors import engine_for, factor_store

Try = Callable[[SqlFactorStore, str, str, datetime], object]

_PARTY = RelyingParty("id.example.se", "Sundby", frozenset({"https://id.example.se"}))
PASSKEY_CEREMONY = Ceremony(_PARTY, PasskeyPurpose.SIGN_IN, b"journey")
PASSKEY_BINDING = Ceremony(_PARTY, PasskeyPurpose.BIND, b"session", "anna")
ROOT = Path(__file__).parents[2]


def _confirm(store: SqlFactorStore, subject: str, given: str, now: datetime) -> object:
    authenticator_id, code = given.split(":")
    return confirm_totp(store, subject, authenticator_id, code, now)


def _prove(store: SqlFactorStore, _: str, document: str, now: datetime) -> object:
    return prove_passkey(store, PASSKEY_CEREMONY, document, now)


def _bind(store: SqlFactorStore, _: str, document: str, now: datetime) -> object:
    return bind_passkey(store, PASSKEY_BINDING, document, "", now)


TRIES: dict[str, Try] = {
    "totp": lambda store, subject, code, now: verify(store, subject, OneTimePasswordResponse(code), now),
    "hotp": lambda store, subject, code, now: verify(store, subject, OneTimePasswordResponse(code), now),
    "recovery": lambda store, subject, code, now: verify(store, subject, RecoveryCodeResponse(code), now),
    "temporary": lambda store, subject, code, now: verify(store, subject, TemporaryCodeResponse(code), now),
    "activation": activate,
    "confirm": _confirm,
    "passkey": _prove,
    "bind passkey": _bind,
    "generate": lambda store, subject, _, now: generate_recovery_codes(store, subject, now),
    "reserve": lambda store, subject, _, now: reserve(store, subject, FactorKind.PASSWORD, CODE_LIMITS, now),
}


def race_threads(
    url: str, what: str, subject: str, code: str, now: datetime, *, threads: int = 20
) -> Counter[str]:
    """So many threads of this process; gives how often each type of outcome came."""
    return _race(engine_for(url), what, subject, code, now, threads, lambda: None)


def race_processes(
    url: str,
    what: str,
    subject: str,
    codes: Sequence[str],
    now: datetime,
    *,
    processes: int = 3,
    threads: int = 8,
) -> Counter[str]:
    """So many processes with so many threads each; a process tries its own of `codes`, in turn."""
    arguments = [
        [url, what, subject, codes[number % len(codes)], now.isoformat(), str(threads)]
        for number in range(processes)
    ]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.factor_race", *given],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for given in arguments
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes: Counter[str] = Counter()
    for process in started:
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        outcomes.update(said.split())
    return outcomes


def race_calls(url: str, call: Callable[[SqlFactorStore], object], *, threads: int) -> int:
    """So many threads make one call each, in transactions of their own; gives how many were told yes."""
    outcomes = _contend(engine_for(url), call, threads, lambda: None)
    return sum(bool(outcome) for outcome in outcomes)


def _race(
    engine: Engine, what: str, subject: str, code: str, now: datetime, threads: int, wait: Callable[[], None]
) -> Counter[str]:
    outcomes = _contend(engine, lambda store: TRIES[what](store, subject, code, now), threads, wait)
    return Counter(type(outcome).__name__ for outcome in outcomes)


def _contend(
    engine: Engine, call: Callable[[SqlFactorStore], object], threads: int, wait: Callable[[], None]
) -> list[object]:
    barrier = threading.Barrier(threads + 1)

    def contender(_: int) -> object:
        barrier.wait()
        with factor_store(engine) as store:
            return call(store)

    with ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(contender, number) for number in range(threads)]
        wait()
        barrier.wait()
        return [future.result() for future in running]


def _main() -> None:
    url, what, subject, code, now, threads = sys.argv[1:]
    engine = engine_for(url)
    engine.connect().close()

    def wait_for_start() -> None:
        print("ready", flush=True)
        sys.stdin.readline()

    outcomes = _race(engine, what, subject, code, datetime.fromisoformat(now), int(threads), wait_for_start)
    print(" ".join(outcomes.elements()))


if __name__ == "__main__":
    _main()
