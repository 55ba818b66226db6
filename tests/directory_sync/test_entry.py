"""Decoding an entry: strict, in NFC, and never an exception."""

import unicodedata

import pytest

from directory_sync.entry import BrokenEntry, DirectoryEntry, decode_entry, uuid_key

UUID = b"3F2504E0-4F89-41D3-9A0C-0305E82C3301"
DN = "uid=anna,dc=ekvik,dc=example"


def decode(**raw: list[bytes]) -> DirectoryEntry | BrokenEntry:
    return decode_entry("town", DN, raw, "entryUUID", uuid_key)


def test_the_key_is_the_same_text_whatever_its_case():
    entry = decode(entryUUID=[UUID])
    assert entry.key == "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    assert decode(ENTRYUUID=[UUID.lower()]).key == entry.key


def test_attribute_names_ignore_case():
    entry = decode(entryUUID=[UUID], givenName=[b"Anna"])
    assert isinstance(entry, DirectoryEntry)
    assert entry.first("GIVENNAME") == "Anna"
    assert entry.values("givenname") == ("Anna",)
    assert entry.first("sn") is None
    assert entry.values("sn") == ()


def test_values_come_in_NFC():
    decomposed = unicodedata.normalize("NFD", "Åsa Öberg").encode()
    entry = decode(entryUUID=[UUID], cn=[decomposed])
    assert isinstance(entry, DirectoryEntry)
    assert entry.first("cn") == "Åsa Öberg"


@pytest.mark.parametrize("octets", [b"\xc5sa", b"\xff", b"\xed\xa0\x80", b"\xc0\xaf"])
def test_bytes_that_are_not_utf8_make_a_broken_entry(octets):
    entry = decode(entryUUID=[UUID], givenName=[b"ok", octets])
    assert entry == BrokenEntry("town", DN, UUID.decode().lower(), "givenName holds bytes that are not UTF-8")


def test_without_a_key_there_is_nothing_to_hold_on_to():
    entry = decode(givenName=[b"Anna"])
    assert isinstance(entry, BrokenEntry)
    assert entry.key is None
    assert "entryUUID" in entry.reason


@pytest.mark.parametrize("values", [[b"not a uuid"], [UUID, UUID], [], [b"\xff\xfe"]])
def test_a_key_that_is_none_is_no_key(values):
    entry = decode(entryUUID=values)
    assert isinstance(entry, BrokenEntry)
    assert entry.key is None
