"""The master key file: its form, and the steps by which its keys change.

It is a text file outside the database, readable by the service alone. One key `seals`, any number of others
still `opens` what was sealed before, one is for keyed hashes (`mac`) and stays for the life of the
installation (docs/decisions/0010-master-keys.md). A key's id is computed from the key, so a damaged file is
noticed when it is read. It does not know what the keys are used for.
"""

import base64
import binascii
import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from idp.domain.errors import ConfigurationError

KEY_BYTES = 32
ID_BYTES = 8
SETTLING = timedelta(minutes=10)
"""How long a key must not have sealed before it may be dropped: time for every process to notice."""

_FIRST_LINE = "portvakt-master-keys 1"
_REMARK = """\
# Whoever has this file and the database can read every secret. Keep a copy, apart from the backups of
# the database: without it the secrets there are lost. Do not edit; use `portvakt master-key`.
"""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """One key; `since` is when it got its present role."""

    key: bytes = field(repr=False)
    since: datetime

    @property
    def id(self) -> bytes:
        """The key's id, 8 bytes; tells nothing about the key."""
        return hmac.new(self.key, b"portvakt master key id", hashlib.sha256).digest()[:ID_BYTES]


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys of a file."""

    seals: MasterKey
    mac: MasterKey
    opens: tuple[MasterKey, ...] = ()

    def find(self, key_id: bytes) -> MasterKey | None:
        """Return the key that opens what names `key_id`."""
        return next((key for key in (self.seals, *self.opens) if key.id == key_id), None)


def new_ring(now: datetime) -> KeyRing:
    """Return the keys of a new installation."""
    return KeyRing(seals=_new_key(now), mac=_new_key(now))


def with_prepared(ring: KeyRing, now: datetime) -> KeyRing:
    """Add a key that only opens, to be copied to every node before it seals."""
    return replace(ring, opens=(*ring.opens, _new_key(now)))


def with_promoted(ring: KeyRing, key_id: bytes, now: datetime) -> KeyRing:
    """Let a prepared key seal; the one that did goes on opening."""
    chosen = _opening(ring, key_id)
    others = tuple(key for key in ring.opens if key.id != key_id)
    return KeyRing(
        seals=replace(chosen, since=now), mac=ring.mac, opens=(*others, replace(ring.seals, since=now))
    )


def without(ring: KeyRing, key_id: bytes, now: datetime) -> KeyRing:
    """Drop a key that only opens. The caller has made sure that nothing is sealed under it any more."""
    chosen = _opening(ring, key_id)
    if now - chosen.since < SETTLING:
        raise ConfigurationError(
            f"master key {key_id.hex()} may be dropped from {chosen.since + SETTLING:%Y-%m-%d %H:%M} UTC on: "
            "until then a process that has not read the file since may still seal under it"
        )
    return replace(ring, opens=tuple(key for key in ring.opens if key.id != key_id))


def _opening(ring: KeyRing, key_id: bytes) -> MasterKey:
    found = next((key for key in ring.opens if key.id == key_id), None)
    if found is None:
        raise ConfigurationError(f"master key {key_id.hex()} is not one of those that only open")
    return found


def _new_key(now: datetime) -> MasterKey:
    return MasterKey(secrets.token_bytes(KEY_BYTES), now)


def create(path: Path, now: datetime) -> KeyRing:
    """Write a new file with mode 0600; raises ConfigurationError if there is one."""
    ring = new_ring(now)
    try:
        _write_new(path, ring)
    except FileExistsError as error:
        raise ConfigurationError(f"master key file {path} exists already and is left as it is") from error
    except OSError as error:
        raise ConfigurationError(f"master key file {path} cannot be written: {error.strerror}") from error
    _sync_directory(path.parent)
    return ring


def read(path: Path) -> KeyRing:
    """Return a file's keys; raises ConfigurationError if it is missing, damaged or readable by others."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor, encoding="ascii") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read()
    except OSError as error:
        raise ConfigurationError(f"master key file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"master key file {path} is damaged: it holds bytes that are no text"
        ) from error
    if mode & 0o077:
        raise ConfigurationError(
            f"master key file {path} has mode {mode & 0o777:04o}: others may read it; run chmod 600 {path}"
        )
    return _parse(text, path)


@contextmanager
def changing(path: Path) -> Iterator["Change"]:
    """Hold the file against other commands; what is assigned to `ring` is written on leaving normally."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        before = read(path)
        change = Change(before)
        yield change
        if change.ring != before:
            _replace(path, change.ring)
    finally:
        os.close(descriptor)


@dataclass(slots=True)
class Change:
    """A file's keys while they are being changed."""

    ring: KeyRing


def _replace(path: Path, ring: KeyRing) -> None:
    # The old file stays whole until the new one is on the disk: losing the keys is losing every secret.
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    owner = path.stat()
    _write_new(temporary, ring)
    if os.geteuid() == 0:
        os.chown(temporary, owner.st_uid, owner.st_gid)
    temporary.replace(path)
    _sync_directory(path.parent)


def _write_new(path: Path, ring: KeyRing) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(_render(ring))
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _render(ring: KeyRing) -> str:
    keys = [("mac", ring.mac), ("seals", ring.seals), *(("opens", key) for key in ring.opens)]
    lines = (
        f"{role} {key.id.hex()} {key.since.isoformat()} {base64.b64encode(key.key).decode('ascii')}"
        for role, key in keys
    )
    return "\n".join((_FIRST_LINE, _REMARK + next(lines), *lines, ""))


def _parse(text: str, path: Path) -> KeyRing:
    lines = text.splitlines()
    if not lines or lines[0] != _FIRST_LINE:
        raise ConfigurationError(f'master key file {path} does not begin with "{_FIRST_LINE}"')
    held: dict[str, list[MasterKey]] = {"mac": [], "seals": [], "opens": []}
    for number, line in enumerate(lines[1:], start=2):
        if line.strip() and not line.startswith("#"):
            role, key = _parse_key(line, f"master key file {path}, line {number}")
            held[role].append(key)
    if len(held["mac"]) != 1 or len(held["seals"]) != 1:
        raise ConfigurationError(f'master key file {path} needs exactly one "mac" and one "seals" key')
    return KeyRing(seals=held["seals"][0], mac=held["mac"][0], opens=tuple(held["opens"]))


def _parse_key(line: str, where: str) -> tuple[str, MasterKey]:
    words = line.split()
    if len(words) != 4 or words[0] not in {"mac", "seals", "opens"}:  # noqa: PLR2004 - role, id, time, key
        raise ConfigurationError(f'{where}: expected "mac", "seals" or "opens", an id, a time and a key')
    role, key_id, since, encoded = words
    try:
        key = MasterKey(base64.b64decode(encoded, validate=True), datetime.fromisoformat(since))
    except (binascii.Error, ValueError) as error:
        raise ConfigurationError(f"{where}: the key or its time cannot be read") from error
    if len(key.key) != KEY_BYTES or key.since.tzinfo is None or key.id.hex() != key_id:
        raise ConfigurationError(f"{where}: the key does not fit its id; the file is damaged")
    return role, key
