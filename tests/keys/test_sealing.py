"""K1, K3, K6: what the master keys promise."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from idp.domain.errors import ConfigurationError, SealBroken
from idp.keys import master_key
from idp.keys.sealing import MasterKeys, sealing_key_id

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    master_key.create(tmp_path / "master.key", NOW)
    return tmp_path / "master.key"


def test_what_is_sealed_opens_for_its_purpose_only(path: Path) -> None:
    keys = MasterKeys(path)
    sealed = keys.seal(b"hemlig", "directory-password:ad")
    assert keys.unseal(sealed, "directory-password:ad") == b"hemlig"
    with pytest.raises(SealBroken):
        keys.unseal(sealed, "directory-password:ad2")


def test_K1_sealed_values_show_neither_the_secret_nor_that_two_are_equal(path: Path) -> None:
    keys = MasterKeys(path)
    first, second = keys.seal(b"samma hemlighet", "p"), keys.seal(b"samma hemlighet", "p")
    assert b"hemlighet" not in first
    assert first != second


def test_every_altered_bit_is_noticed(path: Path) -> None:
    keys = MasterKeys(path)
    sealed = keys.seal(b"x", "p")
    for place in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(SealBroken):
            keys.unseal(bytes(altered), "p")


@pytest.mark.parametrize("value", [b"", b"\x01", b"\x01" + bytes(20), b"\x02" + bytes(60)])
def test_what_is_not_a_sealed_value_is_a_broken_seal(path: Path, value: bytes) -> None:
    with pytest.raises(SealBroken):
        MasterKeys(path).unseal(value, "p")


def test_keyed_hashes_differ_by_purpose_and_survive_rotation(path: Path) -> None:
    keys = MasterKeys(path)
    before = keys.mac(b"code", "recovery-code")
    assert len(before) == 32
    assert before != keys.mac(b"code", "activation-code")
    rotate(path)
    assert MasterKeys(path).mac(b"code", "recovery-code") == before
    assert keys.mac(b"code", "recovery-code") == before


def rotate(path: Path) -> None:
    with master_key.changing(path) as change:
        change.ring = master_key.with_prepared(change.ring, NOW)
        change.ring = master_key.with_promoted(change.ring, change.ring.opens[-1].id, NOW)


def test_K3_a_running_process_follows_a_rotation_without_a_restart(path: Path) -> None:
    running, other = MasterKeys(path), MasterKeys(path)
    old = running.seal(b"old", "p")
    rotate(path)
    new = other.seal(b"new", "p")
    assert sealing_key_id(new) != sealing_key_id(old)
    assert running.unseal(new, "p") == b"new"
    assert other.unseal(old, "p") == b"old"
    assert not running.is_current(old)
    assert running.is_current(new)


def test_K3_a_prepared_key_opens_but_does_not_seal(path: Path) -> None:
    keys = MasterKeys(path)
    sealing = sealing_key_id(keys.seal(b"", "p"))
    with master_key.changing(path) as change:
        change.ring = master_key.with_prepared(change.ring, NOW)
    assert sealing_key_id(keys.seal(b"", "p")) == sealing


def test_a_key_is_not_dropped_before_every_process_has_noticed(path: Path) -> None:
    rotate(path)
    ring = master_key.read(path)
    old = ring.opens[0].id
    with pytest.raises(ConfigurationError, match="may be dropped from 2026-12-01 08:10"):
        master_key.without(ring, old, NOW + timedelta(minutes=9))
    assert master_key.without(ring, old, NOW + timedelta(minutes=10)).opens == ()


def test_the_key_that_seals_cannot_be_dropped(path: Path) -> None:
    ring = master_key.read(path)
    with pytest.raises(ConfigurationError, match="only open"):
        master_key.without(ring, ring.seals.id, NOW + timedelta(days=1))


def test_a_value_under_a_dropped_key_is_a_broken_seal_that_names_the_key(path: Path) -> None:
    keys = MasterKeys(path)
    sealed = keys.seal(b"", "p")
    rotate(path)
    with master_key.changing(path) as change:
        change.ring = master_key.without(change.ring, change.ring.opens[0].id, NOW + timedelta(hours=1))
    with pytest.raises(SealBroken, match=sealing_key_id(sealed).hex()):
        MasterKeys(path).unseal(sealed, "p")


def test_the_file_is_private_and_never_overwritten(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigurationError, match="exists already"):
        master_key.create(path, NOW)
    rotate(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["master.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        MasterKeys(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.key cannot be read: No such file"):
        MasterKeys(tmp_path / "nowhere.key")


def test_a_damaged_file_is_noticed_whichever_character_is_hit(path: Path) -> None:
    text = path.read_text()
    for place in (text.index("mac ") + 50, text.index("seals ") + 50, len(text) - 5):
        swapped = "B" if text[place] != "B" else "C"
        path.write_text(text[:place] + swapped + text[place + 1 :])
        with pytest.raises(ConfigurationError):
            MasterKeys(path)


def test_a_file_without_its_mac_key_is_refused(path: Path) -> None:
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("mac ")))
    with pytest.raises(ConfigurationError, match='exactly one "mac"'):
        MasterKeys(path)


def test_a_running_process_outlives_a_spoilt_file_and_refuses_another_installations(path: Path) -> None:
    keys = MasterKeys(path)
    sealed = keys.seal(b"x", "p")
    path.unlink()
    assert keys.unseal(keys.seal(b"y", "p"), "p") == b"y"
    master_key.create(path, NOW)
    assert keys.unseal(sealed, "p") == b"x"
    assert sealing_key_id(keys.seal(b"z", "p")) == sealing_key_id(sealed)


def test_no_key_is_printed(path: Path) -> None:
    ring = master_key.read(path)
    assert repr(ring.seals.key) not in repr(ring)
