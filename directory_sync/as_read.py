"""What an entry came to when it was last read, so that one which reads the same again is not taken apart.

Owns the mark of an entry as it was read, and when it may be believed. Most of a reading's time is spent on decoding and
mapping persons of whom nothing has changed; this leaves of it one digest each. A mark is a memory and never a fact:
whoever has none, or another, is read as ever.
"""

import marshal
from collections.abc import Mapping
from dataclasses import fields
from hashlib import blake2b
from typing import NamedTuple, TypeAlias

from directory_sync.attribute_mapping import AttributeMapping

MAPPED_BY = 1
"""To be raised whenever the same entry would become another record by the same settings."""

MARK_SIZE = 8
"""Two versions of one entry would have to share these bits for a change to be missed: one in 10^19."""


RawAttributes: TypeAlias = dict[str, list[bytes]]


class Remembered(NamedTuple):
    """An entry as it was read, and the fingerprint of the record that it became."""

    key: str
    mark: bytes
    fingerprint: bytes


def of_inactive(mark: bytes) -> bytes:
    """The mark of an entry by which its person is inactive; absence makes somebody so, too, and is not in the entry."""
    return bytes(byte ^ 0xFF for byte in mark)


class Marks:
    """Makes marks for one source's mapping."""

    def __init__(self, profile: str, mapping: AttributeMapping) -> None:
        """`profile` is the product's name: its state rule and its way to decode are part of the mapping."""
        person = [(one.name, _plain(getattr(mapping.person, one.name))) for one in fields(mapping.person)]
        meant = repr((MAPPED_BY, profile, mapping.time_zone.key, mapping.state.attributes, person))
        self._key = blake2b(meant.encode(), digest_size=16).digest()

    def of(self, dn: str, raw: RawAttributes) -> bytes:
        """The mark of an entry as the server sent it. Attributes in another order give another one."""
        # Version 2 is the newest whose bytes depend on nothing but the values.
        return blake2b(marshal.dumps((dn, raw), 2), digest_size=MARK_SIZE, key=self._key).digest()


def _plain(value: object) -> object:
    return sorted(value.items()) if isinstance(value, Mapping) else value
