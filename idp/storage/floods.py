"""Counters of refusals that come in floods, as rows: shared by all processes, one statement a refusal."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.domain.floods import Flood
from idp.storage.tables import audit_floods


class SqlFloods:
    """Implements `floods.Floods`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, key: str, now: datetime) -> bool:
        insert = sqlite_insert if self._connection.dialect.name == "sqlite" else postgresql_insert
        statement = (
            insert(audit_floods)
            .values(key=key[:200], refused=1, since=now)
            .on_conflict_do_update(
                index_elements=[audit_floods.c.key], set_={"refused": audit_floods.c.refused + 1}
            )
            .returning(audit_floods.c.refused)
        )
        return int(self._connection.execute(statement).scalar_one()) == 1

    def take(self, before: datetime) -> list[Flood]:
        rows = self._connection.execute(
            delete(audit_floods)
            .where(audit_floods.c.since < bindparam("before"))
            .returning(audit_floods.c.key, audit_floods.c.refused, audit_floods.c.since),
            {"before": before},
        )
        return [Flood(*row) for row in rows]
