"""A database to run jobs on, both engines."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from idp.keys.master_key import create
from idp.keys.sealing import MasterKeys
from idp.storage.engine import make_engine
from idp.storage.schema import upgrade
from idp.storage.unit_of_work import SqlDatabase


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[SqlDatabase]:
    create(tmp_path / "master.key", now())
    engine = make_engine(database_url, pool_size=20)
    upgrade(engine)
    yield SqlDatabase(engine, MasterKeys(tmp_path / "master.key"))
    engine.dispose()


@pytest.fixture
def running() -> Iterator[Callable[[Callable[[threading.Event], None]], threading.Event]]:
    """Run loops in threads until the test ends; returns the event that stops them."""
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def start(loop: Callable[[threading.Event], None]) -> threading.Event:
        threads.append(threading.Thread(target=loop, args=(stop,), daemon=True))
        threads[-1].start()
        return stop

    yield start
    stop.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive(), "a loop does not stop"


@pytest.fixture
def until() -> Callable[..., float]:
    """Wait until something is so; returns how long it took."""

    def wait(condition: Callable[[], bool], seconds: float = 5) -> float:
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < seconds, "it did not happen in time"
            time.sleep(0.005)
        return time.monotonic() - began

    return wait
