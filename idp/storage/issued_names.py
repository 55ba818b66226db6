"""User names and addresses ever issued, as rows. The table's key is what refuses a name that is somebody's."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from idp.domain.handles import PersonId
from idp.provisioning.ports import NameHolder
from idp.storage.among import among
from idp.storage.bulk import BulkInsert, chunks, ignore
from idp.storage.columns import to_micros
from idp.storage.people import person_from
from idp.storage.tables import accounts, directory_entries, issued_names, persons

_INSERT = BulkInsert(issued_names, ignore)
_OWNERS = select(issued_names.c.canonical, issued_names.c.person_id).where(
    issued_names.c.space == bindparam("space"),
    among(issued_names.c.canonical, "names"),
)
_OF = select(issued_names.c.person_id, issued_names.c.canonical).where(
    issued_names.c.space == bindparam("space"),
    among(issued_names.c.person_id, "persons"),
)
_FORGET = delete(issued_names).where(among(issued_names.c.person_id, "persons"))
_HOLDERS = (
    select(
        issued_names.c.canonical,
        accounts.c.login,
        directory_entries.c.source,
        directory_entries.c.key,
        directory_entries.c.employee_number.label("number"),
        *persons.c,
    )
    .join(persons, persons.c.id == issued_names.c.person_id)
    .outerjoin(accounts, accounts.c.person_id == persons.c.id)
    .outerjoin(directory_entries, directory_entries.c.person_id == persons.c.id)
    .where(
        issued_names.c.space == bindparam("space"),
        among(issued_names.c.canonical, "names"),
    )
)


class SqlIssuedNames:
    """Implements `provisioning.ports.IssuedNames`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, space: str, names: Mapping[str, PersonId], now: datetime) -> Mapping[str, PersonId]:
        # In one order everywhere, so that two synchronisations at once wait for each other and never in a circle.
        at = to_micros(now)
        rows = [
            {"space": space, "canonical": name, "person_id": names[name], "issued_at": at}
            for name in sorted(names)
        ]
        if _INSERT.run(self._connection, rows) == len(rows):
            return names
        return self._owners(space, names)

    def taken(self, space: str, names: Collection[str]) -> AbstractSet[str]:
        return self._owners(space, names).keys()

    def _owners(self, space: str, names: Collection[str]) -> dict[str, PersonId]:
        return {
            row.canonical: PersonId(row.person_id)
            for chunk in chunks(names)
            for row in self._connection.execute(_OWNERS, {"space": space, "names": chunk})
        }

    def of(self, space: str, persons: Collection[PersonId]) -> Mapping[PersonId, AbstractSet[str]]:
        found: dict[PersonId, set[str]] = {}
        for chunk in chunks(persons):
            for row in self._connection.execute(_OF, {"space": space, "persons": chunk}):
                found.setdefault(PersonId(row.person_id), set()).add(row.canonical)
        return found

    def holders(self, space: str, names: Collection[str]) -> Sequence[NameHolder]:
        return [
            holder_from(row, row["canonical"])
            for chunk in chunks(names)
            for row in self._connection.execute(_HOLDERS, {"space": space, "names": chunk}).mappings()
        ]

    def forget_claims(self, persons: Collection[PersonId]) -> None:
        for chunk in chunks(persons):
            self._connection.execute(_FORGET, {"persons": chunk})


def holder_from(row: Any, canonical: str | None) -> NameHolder:
    """Return the holder of a row with a person, an account's login and an entry (which may be missing)."""
    return NameHolder(canonical, row["source"], row["key"], row["login"], row["number"], person_from(row))
