"""What systems were told of whom, as rows: one for each account and application, kept up to date."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from idp.domain.handles import AccountId, ApplicationId
from idp.domain.release import Fact, Release
from idp.storage.columns import to_micros
from idp.storage.prepared import Prepared
from idp.storage.tables import releases

_VALUES: dict[str, Any] = {
    name: bindparam(name) for name in ("account_id", "application_id", "facts", "first_at", "last_at")
}
_NEWEST: dict[str, Any] = {"facts": bindparam("facts"), "last_at": bindparam("last_at")}
_KEEP = {
    "sqlite": Prepared(
        sqlite.insert(releases)
        .values(**_VALUES)
        .on_conflict_do_update(index_elements=["account_id", "application_id"], set_=_NEWEST)
    ),
    "postgresql": Prepared(
        postgresql.insert(releases)
        .values(**_VALUES)
        .on_conflict_do_update(index_elements=["account_id", "application_id"], set_=_NEWEST)
    ),
}


class SqlReleases:
    """Implements `domain.release.Releases`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(
        self, account_id: AccountId, application_id: ApplicationId, facts: Iterable[Fact], now: datetime
    ) -> None:
        _KEEP[self._connection.dialect.name].run(
            self._connection,
            account_id=account_id,
            application_id=application_id,
            facts=" ".join(sorted({fact.value for fact in facts})),
            first_at=to_micros(now),
            last_at=to_micros(now),
        )

    def of_account(self, account_id: AccountId) -> Sequence[Release]:
        rows = self._connection.execute(
            select(releases).where(releases.c.account_id == account_id).order_by(releases.c.last_at.desc())
        ).mappings()
        return [
            Release(
                AccountId(row["account_id"]),
                ApplicationId(row["application_id"]),
                tuple(row["facts"].split()),
                row["first_at"],
                row["last_at"],
            )
            for row in rows
        ]
