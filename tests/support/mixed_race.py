"""One code tried by pages and verification API at once, in processes started as `python -m` of this module."""

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from idp.domain.occasion import Occasion
from idp.domain.outcomes import Completed
from idp.domain.signin import submit_factor
from idp.verification.question import Credentials, Question
from idp.verification.verify import Answer, answer
from mfa import FactorKind
from tests.support.place import Place

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Contest:
    """What one process is to try: journeys that wait for a code, and a system that asks."""

    url: str
    master_key: str
    now: str
    login: str
    code: str
    journeys: list[tuple[str, str]]
    asker: str
    secret: str
    questions: int


def race(contests: list[Contest]) -> int:
    """Run each contest in a process of its own, all at once; how many tries opened a door."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.mixed_race"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in contests
    ]
    for process, contest in zip(started, contests, strict=True):
        assert process.stdin is not None
        process.stdin.write(json.dumps(vars(contest)) + "\n")
        process.stdin.flush()
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    opened = 0
    for process in started:
        said, _ = process.communicate(timeout=240)
        assert process.returncode == 0
        opened += int(said)
    return opened


def _main() -> None:
    contest = Contest(**json.loads(sys.stdin.readline()))
    place = Place(contest.url, Path(contest.master_key), first=False)
    place.now = place.now.fromisoformat(contest.now)
    tries = [(handle, bytes.fromhex(browser)) for handle, browser in contest.journeys] + [
        None
    ] * contest.questions
    barrier = threading.Barrier(len(tries) + 1)

    def occasion() -> Occasion:
        return place.occasion("198.51.100.7")

    def page(handle: str, browser: bytes) -> bool:
        done = submit_factor(place.signin, handle, browser, FactorKind.TOTP, contest.code, occasion())
        return isinstance(done, Completed)

    def asked() -> bool:
        with place.database.write() as uow:
            shown = Credentials(contest.asker, contest.secret)
            said = answer(uow, shown, Question(contest.login, contest.code), occasion())
        return isinstance(said, Answer) and said.accepted

    def one(attempt: tuple[str, bytes] | None) -> bool:
        barrier.wait()
        return asked() if attempt is None else page(*attempt)

    with ThreadPoolExecutor(len(tries)) as pool:
        running = [pool.submit(one, attempt) for attempt in tries]
        print("ready", flush=True)
        sys.stdin.readline()
        barrier.wait()
        print(sum(future.result() for future in running), flush=True)
    place.close()


if __name__ == "__main__":
    _main()
