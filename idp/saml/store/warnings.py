"""Which certificate has been told about at which step: once, on whatever node."""

from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from idp.saml.tables import certificate_warnings


def first_told(connection: Connection, fingerprint: str, days: int, now: datetime) -> bool:
    """Note that a step is told; False if it was before."""
    kind = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    telling = (
        kind(certificate_warnings)
        .values(fingerprint=fingerprint, days=days, told_at=now)
        .on_conflict_do_nothing()
        .returning(certificate_warnings.c.days)
    )
    return connection.execute(telling).first() is not None
