"""What people have agreed that a service is told, by the names of facts."""

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from idp.saml.tables import consents


class Consents:
    """Consents within one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def given(self, account_id: str, application_id: str) -> frozenset[str]:
        """Return the facts that a person lets a service have."""
        held = self._connection.execute(
            select(consents.c.facts).where(
                consents.c.account_id == account_id, consents.c.application_id == application_id
            )
        ).scalar()
        if held is None:
            return frozenset()
        return frozenset(json.loads(held) if isinstance(held, str) else held)

    def give(self, account_id: str, application_id: str, facts: Iterable[str], now: datetime) -> None:
        """Store a consent in place of any older one."""
        kind = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        newest = {"facts": sorted(facts), "given_at": now}
        self._connection.execute(
            kind(consents)
            .values(account_id=account_id, application_id=application_id, **newest)
            .on_conflict_do_update(index_elements=["application_id", "account_id"], set_=newest)
        )
