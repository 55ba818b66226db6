"""A small tree of units, and people employed there, as rows."""

from sqlalchemy import insert

from idp.domain.account import Account
from idp.domain.handles import new_id
from idp.storage.tables import employments, units

#: Code -> the code above it. The root is the municipality.
TREE = {"1": None, "11": "1", "111": "11", "12": "1", "121": "12"}


def plant(database) -> None:
    """Store the tree."""
    with database.write() as uow:
        sow(uow.connection, TREE)


def sow(connection, tree: dict[str, str | None]) -> None:
    """Store units: code -> the code above it."""
    ids = {code: new_id() for code in tree}
    for code, parent in tree.items():
        connection.execute(
            insert(units).values(
                id=ids[code],
                source="ekvik",
                code=code,
                name=f"Enhet {code}",
                parent_id=ids[parent] if parent else None,
                parent_code=parent,
            )
        )


def employ(database, account: Account | object, code: str, *, ends=None) -> None:
    """Employ the person behind an account at a unit."""
    with database.write() as uow:
        unit = uow.connection.execute(units.select().where(units.c.code == code)).one()
        uow.connection.execute(
            insert(employments).values(
                person_id=account.person_id, source="ekvik", unit_id=unit.id, title="Handläggare", ends=ends
            )
        )
