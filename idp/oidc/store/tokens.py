"""Tokens as rows, found by digest and kind (statement O10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from idp.oidc.grants import StandingGrant, StoredToken, TokenKind
from idp.oidc.store.grants import (
    GRANT_COLUMNS,
    GRANTS_IN_CONTEXT,
    STANDING_COLUMNS,
    SUBJECT_COLUMNS,
    grant_from,
    standing_from,
    subject_from,
)
from idp.oidc.tables import grants, tokens
from idp.storage.columns import from_micros, to_micros
from idp.storage.prepared import Prepared

_TOKEN_COLUMNS = tuple(column.label(f"t_{column.name}") for column in tokens.c)
_ROW = ("digest", "kind", "grant_id", "scope", "issued_at", "expires_at")

_ADD = {
    count: Prepared(
        insert(tokens).values([{name: bindparam(f"{name}_{n}") for name in _ROW} for n in range(count)])
    )
    for count in (1, 2)
}

_CLAIM_REFRESH = Prepared(
    update(tokens)
    .where(
        tokens.c.digest == bindparam("token"),
        tokens.c.kind == TokenKind.REFRESH.value,
        tokens.c.spent_at.is_(None),
    )
    .values(spent_at=bindparam("now"))
    .returning(*_TOKEN_COLUMNS)
)

_FIND = Prepared(
    select(*_TOKEN_COLUMNS, *GRANT_COLUMNS, *STANDING_COLUMNS, *SUBJECT_COLUMNS)
    .select_from(GRANTS_IN_CONTEXT.join(tokens, tokens.c.grant_id == grants.c.id))
    .where(tokens.c.digest == bindparam("token"))
)


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A token, with its grant and all that may end it."""

    token: StoredToken
    context: StandingGrant


def _token_from(row: Any) -> StoredToken:
    return StoredToken(
        digest=bytes(row["t_digest"]),
        kind=TokenKind(row["t_kind"]),
        grant_id=row["t_grant_id"],
        scope=tuple(row["t_scope"].split()),
        issued_at=from_micros(row["t_issued_at"]),
        expires_at=from_micros(row["t_expires_at"]),
        spent=row["t_spent_at"] is not None,
        revoked=row["t_revoked_at"] is not None,
    )


class Tokens:
    """Tokens within one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: Sequence[StoredToken]) -> None:
        """Store the one or two tokens of an answer in one statement."""
        values: dict[str, Any] = {}
        for n, token in enumerate(new):
            values |= {
                f"digest_{n}": token.digest,
                f"kind_{n}": token.kind.value,
                f"grant_id_{n}": token.grant_id,
                f"scope_{n}": " ".join(token.scope),
                f"issued_at_{n}": to_micros(token.issued_at),
                f"expires_at_{n}": to_micros(token.expires_at),
            }
        _ADD[len(new)].run(self._connection, **values)

    def claim_refresh(self, digest: bytes, now: datetime) -> StoredToken | None:
        """Spend a refresh token; None if there is none such or it was spent before."""
        row = _CLAIM_REFRESH.run(self._connection, token=digest, now=to_micros(now)).mappings().first()
        return None if row is None else _token_from(row)

    def unspend(self, digest: bytes) -> None:
        """Give back a refresh token that this same transaction claimed."""
        self._connection.execute(update(tokens).where(tokens.c.digest == digest).values(spent_at=None))

    def find(self, digest: bytes) -> FoundToken | None:
        """Return a token of either kind with its grant: one read for userinfo, introspection and revocation."""
        row = _FIND.run(self._connection, token=digest).mappings().first()
        if row is None:
            return None
        return FoundToken(
            _token_from(row), StandingGrant(grant_from(row), standing_from(row), subject_from(row))
        )

    def revoke(self, digest: bytes, now: datetime) -> bool:
        """Revoke one token; False if it was revoked before."""
        changed = self._connection.execute(
            update(tokens)
            .where(tokens.c.digest == digest, tokens.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        return changed.rowcount == 1
