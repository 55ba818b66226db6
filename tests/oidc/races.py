"""Asking for the same thing many times at once: in threads over HTTP, and in processes as several nodes would."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tests.oidc.site import Site

T = TypeVar("T")
ROOT = Path(__file__).parents[2]


def in_threads(count: int, work: Callable[[int], T]) -> list[T]:
    """Do the work `count` times at once."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def in_processes(site: Site, path: str, posts: Sequence[tuple[dict[str, str], str]]) -> list[int]:
    """Post each form to an endpoint in a process of its own, all at one moment; return the statuses."""
    key_file = site.folder / "master.key"
    nodes = []
    for fields, authorization in posts:
        order = {
            "url": site.place.database.engine.url.render_as_string(hide_password=False),
            "master_key": str(key_file),
            "issuer": site.issuer,
            "now": site.place.now.isoformat(),
            "path": path,
            "fields": fields,
            "authorization": authorization,
        }
        node = subprocess.Popen(
            [sys.executable, "-m", "tests.oidc.node"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        node.stdin.write(json.dumps(order) + "\n")
        node.stdin.flush()
        nodes.append(node)
    for node in nodes:
        assert node.stdout.readline() == "ready\n"
    for node in nodes:
        node.stdin.write("go\n")
        node.stdin.flush()
    answers = [node.stdout.read() for node in nodes]
    for node in nodes:
        assert node.wait(60) == 0
    return [int(answer) for answer in answers]
