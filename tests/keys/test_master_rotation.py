"""K1 and K3: the master key is changed while everything runs, and no step can lose a secret."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

import mfa
from idp.domain.errors import ConfigurationError, SealBroken
from idp.keys import master_key, master_rotation, rollover
from idp.keys.master_rotation import Done, StillUsed
from idp.keys.sealing import MasterKeys
from idp.keys.signing import SigningKeys
from idp.storage import seals
from idp.storage.catalogue_store import bind_password_purpose
from idp.storage.columns import metadata
from idp.storage.seals import OWN, SqlSeals, _of_rooms
from idp.storage.tables import directories, journeys
from mfa.tables import metadata as mfa_metadata
from tests.keys.conftest import NOW


def always() -> bool:
    return True


@pytest.fixture
def full(site):
    """A site with sealed values of every kind."""
    rollover.ensure_first(site.database, site.sealer, site.occasion())
    with site.database.write() as uow:
        for number in range(450):
            name = f"directory{number:03}"
            sealed = site.sealer.seal(f"bind {number}".encode(), bind_password_purpose(name))
            uow.connection.execute(insert(directories).values(name=name, settings={}, sealed_password=sealed))
        mfa.import_totp(uow.factors, "anna", b"x" * 20, "phone", site.now)
    return site


def the_seals(site) -> SqlSeals:
    return SqlSeals(site.database, [mfa_metadata])


def password(site, name: str) -> bytes:
    with site.database.read() as uow:
        query = directories.select().where(directories.c.name == name)
        sealed = uow.connection.execute(query).mappings().one()["sealed_password"]
    return MasterKeys(site.path).unseal(sealed, bind_password_purpose(name))


def reseal_everything(site) -> None:
    the_seals(site).reseal(site.sealer, always)
    after = ""
    while after is not None:
        with site.database.write() as uow:
            after = uow.factors.reseal(after).last_id


def test_K3_the_master_key_rotates_online_and_the_old_one_can_go(full):
    old = full.sealer.sealing_key_id
    counts = the_seals(full).counts()
    assert counts == {old: 2 + 450 + 1}
    rotated = master_rotation.rotate(full.path, full.database, full.occasion())
    assert password(full, "directory007") == b"bind 7"
    full.later(hours=1)
    assert master_rotation.drop(
        full.path, old.hex(), the_seals(full), full.database, full.occasion()
    ) == StillUsed(453)
    reseal_everything(full)
    assert the_seals(full).counts() == {bytes.fromhex(rotated.key_id): 453}
    dropped = master_rotation.drop(full.path, old.hex(), the_seals(full), full.database, full.occasion())
    assert dropped == Done(old.hex())
    assert password(full, "directory007") == b"bind 7"
    assert full.node().current("ES256").kid
    assert MasterKeys(full.path).ring().opens == ()
    assert [entry for entry in full.audit() if entry[1].startswith("master key")] == [
        (rotated.key_id, "master key seals"),
        (old.hex(), "master key dropped"),
    ]


def test_K3_sealing_anew_may_be_stopped_and_goes_on(full):
    master_rotation.rotate(full.path, full.database, full.occasion())
    answers = iter([True, True, *[False] * 20])
    first = the_seals(full).reseal(full.sealer, lambda: next(answers)).count
    assert 0 < first < 452
    second = the_seals(full).reseal(full.sealer, always).count
    assert first + second == 452
    assert the_seals(full).reseal(full.sealer, always).count == 0


def test_K3_sealing_anew_never_undoes_a_change_made_meanwhile(full, monkeypatch):
    master_rotation.rotate(full.path, full.database, full.occasion())
    opened = seals._opened
    purpose = bind_password_purpose("directory007")

    def slowly(*arguments):
        result = opened(*arguments)
        with full.database.write() as uow:
            changed = full.sealer.seal(b"changed meanwhile", purpose)
            query = update(directories).where(directories.c.name == "directory007")
            uow.connection.execute(query.values(sealed_password=changed))
        return result

    monkeypatch.setattr(seals, "_opened", slowly)
    the_seals(full).reseal(full.sealer, always)
    assert password(full, "directory007") == b"changed meanwhile"


def test_K3_rotation_under_load_loses_nothing(full):
    """X12's second half: threads go on sealing and opening while the key changes and everything is sealed anew."""
    stop, faults = threading.Event(), []

    def work(number: int) -> None:
        mine = MasterKeys(full.path)
        name, count = f"directory{number:03}", 0
        while not stop.is_set():
            count += 1
            with full.database.write() as uow:
                sealed = mine.seal(f"{number} {count}".encode(), bind_password_purpose(name))
                uow.connection.execute(
                    update(directories).where(directories.c.name == name).values(sealed_password=sealed)
                )
            if password(full, name) != f"{number} {count}".encode():
                faults.append((number, count))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        master_rotation.rotate(full.path, full.database, full.occasion())
        reseal_everything(full)
    stop.set()
    for thread in threads:
        thread.join()
    reseal_everything(full)
    assert faults == []
    assert set(the_seals(full).counts()) == {full.sealer.sealing_key_id}


def test_K3_with_several_nodes_a_key_is_known_before_it_seals(site):
    prepared = master_rotation.prepare(site.path, site.database, site.occasion())
    other_node = site.path.with_name("copy.key")
    other_node.write_bytes(site.path.read_bytes())
    other_node.chmod(0o600)
    elsewhere = MasterKeys(other_node)
    master_rotation.promote(site.path, prepared.key_id, site.database, site.occasion())
    assert site.sealer.sealing_key_id.hex() == prepared.key_id
    assert elsewhere.unseal(site.sealer.seal(b"x", "p"), "p") == b"x"
    assert site.sealer.unseal(elsewhere.seal(b"y", "p"), "p") == b"y"


def test_a_key_cannot_be_dropped_too_early_nor_one_that_seals(full):
    old = full.sealer.sealing_key_id.hex()
    with pytest.raises(ConfigurationError, match="only open"):
        master_rotation.drop(full.path, old, the_seals(full), full.database, full.occasion())
    master_rotation.rotate(full.path, full.database, full.occasion())
    reseal_everything(full)
    with pytest.raises(ConfigurationError, match="may be dropped from"):
        master_rotation.drop(full.path, old, the_seals(full), full.database, full.occasion())


def test_what_a_sign_in_under_way_holds_is_waited_for(site):
    old = site.sealer.sealing_key_id
    sealed = site.sealer.seal(b"old password", "journey.password")
    with site.database.write() as uow:
        uow.connection.execute(
            insert(journeys).values(
                digest=b"d" * 32, browser=b"b" * 32, version=1, state={}, created_at=NOW,
                expires_at=NOW + timedelta(minutes=15), secrets=b'{"password": "%s"}' % sealed.hex().encode(),
            )
        )  # fmt: skip
    master_rotation.rotate(site.path, site.database, site.occasion())
    site.later(hours=1)
    assert master_rotation.drop(
        site.path, old.hex(), the_seals(site), site.database, site.occasion()
    ) == StillUsed(1)


def test_K1_a_file_of_another_installation_is_noticed(full, tmp_path):
    assert master_rotation.unknown_keys(master_key.read(full.path), the_seals(full)) == {}
    other = master_key.create(tmp_path / "other.key", NOW)
    unknown = master_rotation.unknown_keys(other, the_seals(full))
    assert unknown == {full.sealer.sealing_key_id.hex(): 453}
    with pytest.raises(SealBroken):
        rollover_with(full, tmp_path / "other.key")


def rollover_with(site, path):
    return SigningKeys(site.database, MasterKeys(path), lambda: NOW).current("ES256")


def test_a_value_that_does_not_open_is_named_and_the_rest_goes_on(full):
    with full.database.write() as uow:
        query = update(directories).where(directories.c.name == "directory003")
        spoilt = full.sealer.seal(b"x", "another purpose")
        uow.connection.execute(query.values(sealed_password=spoilt))
    master_rotation.rotate(full.path, full.database, full.occasion())
    outcome = the_seals(full).reseal(full.sealer, always)
    assert outcome.broken == (bind_password_purpose("directory003"),)
    assert outcome.count == 451


def test_the_list_shows_what_each_key_seals(full):
    master_rotation.rotate(full.path, full.database, full.occasion())
    lines = master_rotation.list_keys(full.path, the_seals(full))
    assert [(line.role, line.values) for line in lines] == [("seals", 0), ("opens", 453), ("mac", 0)]


def test_every_sealed_column_of_the_shared_tables_is_sealed_anew():
    named = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name.startswith("sealed_")
    }
    assert named == {f"{one.column.table.name}.{one.column.name}" for one in (*OWN, *_of_rooms())}
