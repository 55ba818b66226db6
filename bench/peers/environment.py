"""Virtual environments of peers: made once beside the results, each peer's packages apart from ours."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.peers.unavailable import PeerUnavailable
from bench.workbench import Workbench

_PATIENCE = 600


def installed(bench: Workbench, name: str, packages: Sequence[str], program: str) -> Path:
    """Return the folder of a peer's programs, installing it if `program` is not there; raises PeerUnavailable."""
    folder = bench.options.results / "peers" / name
    programs = folder / "bin"
    if (programs / program).exists():
        return programs
    what = ", ".join(packages)
    bench.say(f"installing {what} into a virtual environment of its own")
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(programs / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages],
    ):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise PeerUnavailable(f"pip did not get {what} within {_PATIENCE} s") from error
        if done.returncode:
            raise PeerUnavailable(f"pip could not get {what}: {done.stderr.strip()[-200:]}")
    return programs


def run_in(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    """Return what a peer's command says; raises PeerUnavailable with its last words."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PeerUnavailable(
            f"{command[1] if len(command) > 1 else command[0]}: {done.stderr.strip()[-300:]}"
        )
    return done.stdout
