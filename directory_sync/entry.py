"""One entry of a directory, decoded, or the reason why it cannot be used.

Owns strict decoding (UTF-8, NFC) and the canonical immutable key. Knows no server and no meaning of any
attribute.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

_CANONICAL_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")

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
    text = raw.decode("ascii")
    return text if _CANONICAL_UUID.fullmatch(text) else str(UUID(text))


def decode_entry(
    source: str,
    dn: str,
    raw: Mapping[str, Sequence[bytes]],
    key_attribute: str,
    canonical_key: CanonicalKey,
    readable: Mapping[str, Callable[[bytes], str]] = MappingProxyType({}),
) -> DirectoryEntry | BrokenEntry:
    """Decode an entry as the server sent it; nothing is guessed, replaced or dropped."""
    spelling = key_attribute
    if spelling not in raw:
        spelling = next((name for name in raw if name.lower() == key_attribute.lower()), "")
    if not spelling:
        return BrokenEntry(
            source, dn, None, f"the entry shows no {key_attribute}, the key that never changes"
        )
    try:
        (only,) = raw[spelling]
        key = canonical_key(only)
    except ValueError:
        return BrokenEntry(source, dn, None, f"{key_attribute} is not one valid immutable key")
    attributes: dict[str, tuple[str, ...]] = {}
    name = ""
    try:
        for name, values in raw.items():
            if name == spelling:
                continue
            if readable and name.lower() in readable:
                attributes[name.lower()] = tuple(map(readable[name.lower()], values))
                continue
            if len(values) == 1:  # nearly always, and most of what a reading does
                text = values[0].decode()
                attributes[name.lower()] = (text if text.isascii() else unicodedata.normalize("NFC", text),)
            else:
                attributes[name.lower()] = tuple(map(_text, values))
    except UnicodeDecodeError:
        return BrokenEntry(source, dn, key, f"{name} holds bytes that are not UTF-8")
    except ValueError as error:
        return BrokenEntry(source, dn, key, f"{name} cannot be read: {error}")
    return DirectoryEntry(source, key, dn, attributes)


def _text(value: bytes) -> str:
    text = value.decode()
    return text if text.isascii() else unicodedata.normalize("NFC", text)
