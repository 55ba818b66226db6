"""Long lists of members that come in ranges (MS-ADTS 3.1.1.3.1.3.3): `member` empty, `member;range=0-1499` instead.

Owns putting them together. A list that ends anywhere but at its end is a fault: half a group is no group (L9).
"""

import re

from directory_sync.sources.ldap_connection import DirectoryFault, LdapConnection

_RANGE = re.compile(r"(?P<name>[^;]+);range=(?P<first>[0-9]+)-(?P<last>[0-9]+|\*)", re.IGNORECASE)
_MOST_RANGES = 100_000


def complete_members(
    connection: LdapConnection, dn: str, raw: dict[str, list[bytes]], attribute: str
) -> None:
    """Read on until the last range and leave the whole list under the attribute's own name. Raises `DirectoryFault`."""
    part = _part(raw, attribute)
    if part is None:
        return
    values: list[bytes] = []
    for _ in range(_MOST_RANGES):
        name, first, last = part
        if first != len(values):
            raise DirectoryFault(f"a range of {attribute} in {dn} does not follow the one before")
        values += raw.pop(name)
        if last == "*":
            for empty in [key for key in raw if key.lower() == attribute.lower()]:
                del raw[empty]
            raw[attribute] = values
            return
        answer = connection.read(dn, [f"{attribute};range={len(values)}-*"])
        part = None if answer is None else _part(answer, attribute)
        if answer is None or part is None:
            raise DirectoryFault(f"{attribute} in {dn} ends in the middle")
        raw[part[0]] = answer[part[0]]
    raise DirectoryFault(f"{attribute} in {dn} never ends")


def _part(raw: dict[str, list[bytes]], attribute: str) -> tuple[str, int, str] | None:
    for name in raw:
        found = _RANGE.fullmatch(name)
        if found is not None and found["name"].lower() == attribute.lower():
            return name, int(found["first"]), found["last"]
    return None
