"""Tokens of the API, and the answers kept under idempotency keys, as rows."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.api_tokens import ApiToken
from idp.domain.handles import AccountId
from idp.domain.ports import Sealer
from idp.domain.roles import Act, Reach, Scope
from idp.storage.prepared import loads
from idp.storage.tables import api_answers, api_tokens


class SqlApiTokens:
    """Implements `ports.ApiTokens`."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def add(self, token: ApiToken, token_digest: bytes) -> None:
        self._connection.execute(
            insert(api_tokens).values(
                id=token.id,
                digest=token_digest,
                name=token.name,
                maker=token.maker,
                reach=token.scope.reach.value,
                scope=token.scope.key,
                acts=sorted(act.value for act in token.acts),
                created_at=token.created_at,
                expires_at=token.expires_at,
            )
        )

    def get(self, token_id: str) -> ApiToken | None:
        return self._one(api_tokens.c.id == token_id)

    def by_digest(self, token_digest: bytes) -> ApiToken | None:
        return self._one(api_tokens.c.digest == token_digest)

    def all(self) -> Sequence[ApiToken]:
        rows = self._connection.execute(
            select(api_tokens)
            .where(api_tokens.c.revoked_at.is_(None))
            .order_by(api_tokens.c.created_at.desc(), api_tokens.c.id)
        ).mappings()
        return [_token(row) for row in rows]

    def revoke(self, token_id: str, now: datetime) -> bool:
        changed = self._connection.execute(
            update(api_tokens)
            .where(api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        return changed.rowcount == 1

    def touch(self, token_id: str, now: datetime) -> None:
        self._connection.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(used_at=now))

    def first_answer(self, token_id: str, key: str, request_digest: bytes, now: datetime) -> bytes | None:
        try:
            with self._connection.begin_nested():
                self._connection.execute(
                    insert(api_answers).values(
                        id=_answer_id(token_id, key), request_digest=request_digest, created_at=now
                    )
                )
        except IntegrityError:
            found = self._connection.execute(
                select(api_answers.c.request_digest).where(api_answers.c.id == _answer_id(token_id, key))
            ).scalar()
            return bytes(found or b"")
        return None

    def answer(self, token_id: str, key: str) -> bytes:
        sealed = self._connection.execute(
            select(api_answers.c.sealed_answer).where(api_answers.c.id == _answer_id(token_id, key))
        ).scalar()
        return self._sealer.unseal(bytes(sealed), api_answer_purpose()) if sealed else b""

    def keep_answer(self, token_id: str, key: str, answer: bytes) -> None:
        self._connection.execute(
            update(api_answers)
            .where(api_answers.c.id == _answer_id(token_id, key))
            .values(sealed_answer=self._sealer.seal(answer, api_answer_purpose()))
        )

    def _one(self, condition: Any) -> ApiToken | None:
        row = self._connection.execute(select(api_tokens).where(condition)).mappings().first()
        return _token(row) if row else None


def api_answer_purpose(_row: object = None) -> str:
    """Return the purpose that kept answers are sealed for."""
    return "api-answer"


def _answer_id(token_id: str, key: str) -> str:
    return hashlib.sha256(f"{token_id}\0{key}".encode()).hexdigest()


def _token(row: Any) -> ApiToken:
    return ApiToken(
        id=row["id"],
        name=row["name"],
        maker=AccountId(row["maker"]) if row["maker"] else None,
        scope=Scope(Reach(row["reach"]), row["scope"]),
        # An act that a newer version knew and this one does not is for nothing here.
        acts=frozenset(Act(act) for act in loads(row["acts"]) if act in set(Act)),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        used_at=row["used_at"],
    )
