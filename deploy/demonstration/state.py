"""The demo's state folder: what is kept from one run to the next, and how to start afresh.

Owns the folder's layout and the values that must not change between runs (the day of reference,
the seed, the secrets of the two systems). Knows nothing of who uses them.
"""

import datetime as dt
import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO

VARIABLE = "PORTVAKT_DEMO_STATE"
VERSION = 1
_MARK = "This folder belongs to deploy/demo of Portvakt.\n"


class StateError(RuntimeError):
    """The state folder cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a second run must find as the first one left it."""

    reference: str
    seed: str
    intranet_secret: str = field(repr=False)
    intranet_passphrase: str = field(repr=False)
    version: int = VERSION

    @property
    def vpn_secret(self) -> str:
        """What the demo's access server shares with Portvakt; made of another secret, so that old folders have it."""
        return hashlib.sha256(f"vpn {self.intranet_secret}".encode()).hexdigest()[:32]

    @property
    def day(self) -> dt.date:
        return dt.date.fromisoformat(self.reference)


class State:
    """One state folder, held by one running demo."""

    def __init__(self, folder: Path) -> None:
        """Make the folder, or take one that an earlier demo made."""
        self.folder = folder.resolve()
        self._lock: TextIO | None = None
        mark = self.folder / "README"
        if self.folder.exists() and any(self.folder.iterdir()) and not mark.exists():
            raise StateError(
                f"{self.folder} exists and is no state folder of the demo; set {VARIABLE} to another"
            )
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        mark.write_text(_MARK, encoding="utf-8")

    def lock(self) -> None:
        """Refuse if another demo uses this folder."""
        self._lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StateError(f"another demo is running with {self.folder}") from error

    def reset(self) -> None:
        """Remove everything but the lock."""
        for path in self.folder.iterdir():
            if path.name in {"lock", "README"}:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def kept(self, seed: str, today: dt.date) -> Kept:
        """What was kept, or new values, kept from now on."""
        file = self.folder / "state.json"
        if file.exists():
            values = json.loads(file.read_text(encoding="utf-8"))
            if values.get("version") != VERSION:
                raise StateError(f"{self.folder} was made by another version; run ./deploy/demo --reset")
            # What an older demo kept besides is of no use any more.
            return Kept(**{name: values[name] for name in Kept.__slots__})
        kept = Kept(
            reference=today.isoformat(),
            seed=seed,
            intranet_secret=secrets.token_urlsafe(32),
            intranet_passphrase=secrets.token_urlsafe(32),
        )
        write_private(file, json.dumps(asdict(kept), indent=1))
        return kept

    def done(self, step: str) -> bool:
        """Whether a step was finished in an earlier run."""
        return (self.folder / "done" / step).exists()

    def mark_done(self, step: str) -> None:
        (self.folder / "done").mkdir(exist_ok=True)
        (self.folder / "done" / step).touch()

    def inner(self, name: str) -> Path:
        """A folder in the state folder; it is made if it is missing."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder


def from_environment(default: Path, environment: Mapping[str, str] = os.environ) -> Path:
    return Path(environment.get(VARIABLE) or default)


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    temporary = file.with_name(file.name + ".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(
        os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as out:
        out.write(text)
    temporary.replace(file)
