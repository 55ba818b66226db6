"""Checkpoints: what the chain was at a time, on a line of a file outside the database.

The chain alone cannot tell that its end was cut off, nor that a thief of the master key made it anew; a
checkpoint that lies elsewhere can. Lines are keyed like the chain, and each names the line before it. Ship the
file to another machine (docs/decisions/0011-audit-chain.md).
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from idp.domain.audit import record
from idp.domain.errors import ConfigurationError
from idp.domain.events import AuditExported
from idp.domain.occasion import Occasion
from idp.storage.audit_chain import ChainKey, Head, read_head, seal_next
from idp.storage.unit_of_work import SqlDatabase

_PURPOSE = "audit-checkpoint"
_FORMAT = 1
_TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The chain after seal `number`: it held `count` records.

    Attributes:
        previous: SHA-256 of the line before in the same file, empty for the first.
        mac: keyed hash over all other members.
    """

    at: str
    number: int
    count: int
    seal: str
    key_id: str
    previous: str = ""
    mac: str = ""
    format: int = _FORMAT


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a checkpoint file is damaged, forged, or not preceded by the one it names."""

    line: int
    problem: str


def take(connection: Connection, key: ChainKey, now: datetime) -> Checkpoint:
    """Return a checkpoint of the chain as it is now."""
    return _keyed(_unkeyed(read_head(connection), key, now), key)


def append(path: Path, connection: Connection, key: ChainKey, now: datetime) -> Checkpoint | None:
    """Write a checkpoint to the file's end; None if the chain has not grown since the last one."""
    head = read_head(connection)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        with os.fdopen(descriptor, "r+b") as file:
            # Two processes of one machine must not both build on the same line.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            whole = _drop_unfinished(descriptor)
            last = _last_line(descriptor)
            if last and _number_of(last) == head.number:
                return None
            made = _keyed(replace(_unkeyed(head, key, now), previous=_digest(last) if last else ""), key)
            try:
                file.write(_line(made))
                file.flush()
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, whole)
                raise
    except OSError as error:
        raise ConfigurationError(f"checkpoint file {path} cannot be written: {error.strerror}") from error
    return made


def export(database: SqlDatabase, key: ChainKey, path: Path | None, occasion: Occasion) -> Checkpoint:
    """Make a checkpoint because somebody asked, which is itself recorded and covered by it."""
    with database.write() as uow:
        record(uow.audit, AuditExported(object=str(path or "standard output"), reason="checkpoint"), occasion)
    seal_next(database, key, occasion.now)
    with database.read() as uow:
        made = append(path, uow.connection, key, occasion.now) if path else None
        return made or take(uow.connection, key, occasion.now)


def append_regularly(database: SqlDatabase, key: ChainKey, path: Path, now: datetime) -> None:
    """Write a checkpoint to the file's end if the chain has grown; for a clock."""
    with database.read() as uow:
        append(path, uow.connection, key, now)


def read(path: Path, key: ChainKey) -> Sequence[Checkpoint] | BadLine:
    """Return the checkpoints of a file, or the first line that cannot be trusted."""
    found: list[Checkpoint] = []
    previous = ""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                checkpoint = _parse(line, key)
                if checkpoint is None:
                    return BadLine(number, "damaged, forged or made with another master key")
                if found and checkpoint.previous != previous:
                    return BadLine(number, "does not follow the line before it: lines were removed or moved")
                found.append(checkpoint)
                previous = _digest(line)
    except OSError as error:
        raise ConfigurationError(f"checkpoint file {path} cannot be read: {error.strerror}") from error
    return found


def as_line(checkpoint: Checkpoint) -> str:
    """Return a checkpoint as one line of JSON, without the line's end."""
    return json.dumps(asdict(checkpoint), sort_keys=True)


def _unkeyed(head: Head, key: ChainKey, now: datetime) -> Checkpoint:
    return Checkpoint(now.isoformat(), head.number, head.position, head.seal.hex(), key.mac_key_id)


def _keyed(checkpoint: Checkpoint, key: ChainKey) -> Checkpoint:
    blank = replace(checkpoint, mac="")
    return replace(blank, mac=key.mac(as_line(blank).encode("utf-8"), _PURPOSE).hex())


def _parse(line: bytes, key: ChainKey) -> Checkpoint | None:
    try:
        found = Checkpoint(**json.loads(line))
        if _keyed(found, key) == found and found.format == _FORMAT:
            return found
    except (TypeError, ValueError):
        return None
    return None


def _line(checkpoint: Checkpoint) -> bytes:
    return as_line(checkpoint).encode("utf-8") + b"\n"


def _digest(line: bytes) -> str:
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()


def _drop_unfinished(descriptor: int) -> int:
    """Cut off what a process left that was killed, or ran out of disk, within a line; return the file's size.

    A line counts once its end is on the disk. Without this the half line would call the file damaged for good.
    """
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
    unfinished = len(tail) - (tail.rfind(b"\n") + 1)
    if unfinished and unfinished < _TAIL_BYTES:
        size -= unfinished
        os.ftruncate(descriptor, size)
    return size


def _last_line(descriptor: int) -> bytes | None:
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
    lines = tail.splitlines(keepends=True)
    return lines[-1] if lines else None


def _number_of(line: bytes) -> int | None:
    try:
        number = json.loads(line)["number"]
    except (ValueError, KeyError, TypeError):
        return None
    return number if isinstance(number, int) else None
