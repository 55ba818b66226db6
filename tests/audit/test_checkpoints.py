"""A2: checkpoints, the witness outside the database."""

import json
import os
from errno import ENOSPC
from pathlib import Path

import pytest

from idp.domain.errors import ConfigurationError
from idp.keys.master_key import create
from idp.keys.sealing import MasterKeys
from idp.storage import audit_checkpoints
from idp.storage.audit_checkpoints import BadLine
from idp.storage.audit_verification import Intact


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints.jsonl"


@pytest.fixture
def written(log, file):
    """A log with three checkpoints."""
    for _ in range(3):
        log.batches(3)
        append(log, file)
    return log


def append(log, file):
    with log.database.read() as uow:
        return audit_checkpoints.append(file, uow.connection, log.keys, log.now)


def test_a_checkpoint_is_a_line_with_count_and_head(written, file):
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["number"], line["count"]) for line in lines] == [(1, 3), (2, 6), (3, 9)]
    assert lines[-1]["seal"] == written.verify().head
    assert file.stat().st_mode & 0o007 == 0


def test_nothing_is_written_when_nothing_happened(written, file):
    before = file.read_bytes()
    assert append(written, file) is None
    assert file.read_bytes() == before


def test_A2_the_log_verifies_against_all_of_them_and_goes_on(written, file):
    written.batches(2)
    assert isinstance(written.verify(*audit_checkpoints.read(file, written.keys)), Intact)


@pytest.mark.parametrize("member", ["at", "number", "count", "seal", "key_id", "mac"])
def test_A2_a_line_that_was_altered_is_named(written, file, member):
    lines = file.read_text().splitlines()
    changed = json.loads(lines[1])
    changed[member] = changed[member] + 1 if isinstance(changed[member], int) else "0" * len(changed[member])
    file.write_text("\n".join([lines[0], json.dumps(changed), lines[2], ""]))
    found = audit_checkpoints.read(file, written.keys)
    assert isinstance(found, BadLine)
    assert found.line == 2


@pytest.mark.parametrize("order", [[0, 2], [1, 0, 2], [0, 2, 1]])
def test_A2_a_line_that_was_removed_or_moved_is_named(written, file, order):
    lines = file.read_text().splitlines()
    file.write_text("".join(f"{lines[index]}\n" for index in order))
    assert isinstance(audit_checkpoints.read(file, written.keys), BadLine)


def test_A2_a_line_made_with_another_key_is_named(written, file, tmp_path):
    create(tmp_path / "thief.key", written.now)
    with written.database.read() as uow:
        forged = audit_checkpoints.take(uow.connection, MasterKeys(tmp_path / "thief.key"), written.now)
    with file.open("a") as out:
        out.write(audit_checkpoints.as_line(forged) + "\n")
    found = audit_checkpoints.read(file, written.keys)
    assert isinstance(found, BadLine)
    assert found.line == 4


@pytest.mark.parametrize("rubbish", ["", "null", "[]", "{", '{"number": 1}', "\x00\xff"])
def test_rubbish_is_named_and_nothing_crashes(written, file, rubbish):
    with file.open("a", encoding="latin-1") as out:
        out.write(rubbish + "\n")
    assert isinstance(audit_checkpoints.read(file, written.keys), BadLine)


def test_X8_a_line_that_a_crash_cut_short_spoils_nothing(written, file):
    file.write_bytes(file.read_bytes()[:-20])
    written.batches(1)
    assert append(written, file) is not None
    checkpoints = audit_checkpoints.read(file, written.keys)
    assert [checkpoint.number for checkpoint in checkpoints] == [1, 2, 4]
    assert isinstance(written.verify(*checkpoints), Intact)


def test_X8_a_line_that_finds_no_room_leaves_the_file_as_it_was(written, file, monkeypatch):
    before = file.read_bytes()
    written.batches(1)

    def full(_descriptor: int) -> None:
        raise OSError(ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(ConfigurationError, match="No space left"):
            append(written, file)
    assert file.read_bytes() == before
    assert append(written, file) is not None
    assert len(audit_checkpoints.read(file, written.keys)) == 4


def test_a_file_that_may_be_kept_from_the_middle_on(written, file):
    """Old lines may be moved away: the first that is left is trusted by its own key."""
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[1:]))
    assert len(audit_checkpoints.read(file, written.keys)) == 2


def test_a_file_that_cannot_be_written_is_said(log, tmp_path):
    log.batches(1)
    with pytest.raises(ConfigurationError, match="checkpoint file"):
        append(log, tmp_path / "nowhere" / "file")


def test_A5_an_export_is_recorded_and_covers_its_own_record(written, file):
    made = audit_checkpoints.export(written.database, written.keys, file, written.occasion())
    assert made.count == 10
    assert audit_checkpoints.read(file, written.keys)[-1] == made
    assert isinstance(written.verify(made), Intact)
    assert written.query("SELECT object FROM audit_records WHERE type = 'audit.exported'") == [(str(file),)]


def test_an_export_to_standard_output_touches_no_file(written, file):
    before = file.read_bytes()
    made = audit_checkpoints.export(written.database, written.keys, None, written.occasion())
    assert file.read_bytes() == before
    assert isinstance(written.verify(made), Intact)
