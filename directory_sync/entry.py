"""One entry of a directory, decoded, or the reason why it cannot be used.

Owns strict decoding (UTF-8, NFC) and the canonical immutable key. Knows no server and no meaning of any
attribute.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

CanonicalKey = Callable[[bytes], str]
"""Turns the immutable attribute's bytes into text that is always the same.

Raises ValueError on anything else.
"""


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """An entry with its immutable key; attribute names are in lower case (RFC 4512 §2.5.

    Names ignore case).
    """

    source: str
    key: str
    dn: str
    attributes: Mapping[str, tuple[str, ...]]

    def values(self, attribute: str) -> tuple[str, ...]:
        return self.attributes.get(attribute.lower(), ())

    def first(self, attribute: str) -> str | None:
        values = self.attributes.get(attribute.lower())
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class BrokenEntry:
    """An entry that is listed with the reason and otherwise left alone.

    It is present, but nothing it says is used.
    """

    source: str
    dn: str
    key: str | None
    reason: str


def uuid_key(raw: bytes) -> str:
    """The text form of RFC 4530's entryUUID, in lower case."""
    return str(UUID(raw.decode("ascii")))


def decode_entry(
    source: str,
    dn: str,
    raw: Mapping[str, Sequence[bytes]],
    key_attribute: str,
    canonical_key: CanonicalKey,
) -> DirectoryEntry | BrokenEntry:
    """Decode an entry as the server sent it; nothing is guessed, replaced or dropped."""
    attributes: dict[str, tuple[str, ...]] = {}
    key: str | None = None
    undecodable: str | None = None
    key_name = key_attribute.lower()
    for spelling, values in raw.items():
        name = spelling.lower()
        if name == key_name:
            try:
                (only,) = values
                key = canonical_key(only)
            except ValueError:
                return BrokenEntry(source, dn, None, f"{key_attribute} is not one valid immutable key")
            continue
        try:
            attributes[name] = tuple([_text(value) for value in values])
        except UnicodeDecodeError:
            undecodable = spelling
    if key is None:
        return BrokenEntry(
            source, dn, None, f"the entry shows no {key_attribute}, the key that never changes"
        )
    if undecodable is not None:
        return BrokenEntry(source, dn, key, f"{undecodable} holds bytes that are not UTF-8")
    return DirectoryEntry(source, key, dn, attributes)


def _text(value: bytes) -> str:
    text = value.decode()
    return text if text.isascii() else unicodedata.normalize("NFC", text)
