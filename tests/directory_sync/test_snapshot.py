"""The packed snapshot answers as a dictionary would."""

import sys
from hashlib import blake2b
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory_sync import KnownPerson, snapshot
from directory_sync.snapshot import Snapshot

fingerprints = st.binary(min_size=16, max_size=16)
known = st.dictionaries(st.text(max_size=8), st.tuples(fingerprints, st.booleans()), max_size=60)


@given(known, st.sets(st.text(max_size=8), max_size=20))
def test_it_answers_as_a_dictionary_would(persons, others):
    packed = Snapshot(KnownPerson(key, *value) for key, value in persons.items())
    assert packed.known == len(persons)
    assert packed.active == sum(active for _, active in persons.values())
    assert packed.active_unseen == packed.active
    for key in sorted(others) + sorted(persons)[::2]:
        assert packed.see(key) == persons.get(key)
        assert packed.is_known(key) is (key in persons)
        assert packed.was_seen(key) is (key in persons)
    unseen = {key for key in persons if not packed.was_seen(key)}
    assert packed.active_unseen == sum(persons[key][1] for key in unseen)


def test_two_keys_with_one_digest_count_as_changed_and_as_seen(monkeypatch):
    monkeypatch.setattr(snapshot, "_digest", lambda _key: 7)
    packed = Snapshot([KnownPerson("a", bytes(16), active=True), KnownPerson("b", bytes(16), active=True)])
    assert packed.see("a") == (b"", True)
    assert packed.active_unseen == 0


def test_a_fingerprint_of_another_length_is_a_fault():
    with pytest.raises(ValueError, match="16 bytes"):
        Snapshot([KnownPerson("a", b"short", active=True)])


def test_a_person_takes_33_bytes():
    def rows(number):
        for n in range(number):
            yield KnownPerson(
                str(UUID(int=n)), blake2b(str(n).encode(), digest_size=16).digest(), active=True
            )

    packed = Snapshot(rows(50_000))
    columns = [(b.digests, b.fingerprints, b.marks, b.flags) for b in packed._buckets.values()]
    size = sum(sys.getsizeof(column) for bucket in columns for column in bucket)
    assert size < 50_000 * 39
