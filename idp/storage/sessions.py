"""Sessions and their participants as rows; the handle itself is never stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update
from sqlalchemy.dialects import postgresql

from idp.domain.account import AccountState
from idp.domain.assurance import Proof
from idp.domain.handles import AccountId, ApplicationId, SessionId
from idp.domain.session import EndReason, LivingSession, Participant, Session
from idp.storage.accounts import ACCOUNT_COLUMNS, account_from
from idp.storage.columns import from_micros, to_micros
from idp.storage.prepared import Prepared, loads
from idp.storage.proofs import proofs_from_json, proofs_text
from idp.storage.role_grants import GRANT_COLUMNS, NOT_TAKEN, grant_from
from idp.storage.tables import accounts, participants, role_grants, sessions

_SESSION_COLUMNS = tuple(column for column in sessions.c if column.name != "handle_digest")

#: What makes a session usable at `now`, its account's state included: one place for every reader.
IS_LIVING = and_(
    sessions.c.ended_at.is_(None),
    sessions.c.expires_at > bindparam("now"),
    sessions.c.seen_at > bindparam("idle_since"),
    accounts.c.state == AccountState.ACTIVE.value,
    or_(accounts.c.starts.is_(None), accounts.c.starts <= bindparam("now")),
)

_LIVING = Prepared(
    select(
        *(column.label(f"s_{column.name}") for column in _SESSION_COLUMNS),
        *ACCOUNT_COLUMNS,
        *(column.label(f"g_{column.name}") for column in GRANT_COLUMNS),
    )
    .join(accounts, accounts.c.id == sessions.c.account_id)
    .outerjoin(role_grants, and_(role_grants.c.account_id == accounts.c.id, NOT_TAKEN))
    .where(sessions.c.handle_digest == bindparam("digest"), IS_LIVING)
)


_BY_ID = Prepared(select(*_SESSION_COLUMNS).where(sessions.c.id == bindparam("session")))
_ADD = Prepared(insert(sessions))
_RAISE = Prepared(
    update(sessions)
    .where(sessions.c.id == bindparam("session"), sessions.c.ended_at.is_(None))
    .values(proofs=bindparam("new_proofs"), handle_digest=bindparam("new_digest"), seen_at=bindparam("now"))
)
_TOUCH = Prepared(
    update(sessions).where(sessions.c.id == bindparam("session")).values(seen_at=bindparam("now"))
)
_JOIN = Prepared(postgresql.insert(participants).on_conflict_do_nothing())


def session_from(row: Any, prefix: str = "") -> Session:
    """Return the session of a row, decoded by SQLAlchemy or straight from the driver."""
    ended = row[prefix + "ended_reason"]
    return Session(
        id=SessionId(row[prefix + "id"]),
        account_id=AccountId(row[prefix + "account_id"]),
        proofs=proofs_from_json(loads(row[prefix + "proofs"])),
        created_at=_instant(row[prefix + "created_at"]),
        seen_at=_instant(row[prefix + "seen_at"]),
        expires_at=_instant(row[prefix + "expires_at"]),
        address=row[prefix + "address"],
        user_agent=row[prefix + "user_agent"],
        ended_at=_instant(row[prefix + "ended_at"]) if row[prefix + "ended_at"] is not None else None,
        ended_reason=EndReason(ended) if ended else None,
    )


def _instant(value: Any) -> datetime:
    return from_micros(value) if isinstance(value, int) else value


class SqlSessions:
    """Implements `ports.Sessions`."""

    def __init__(self, connection: Connection, idle: int) -> None:
        """`idle`: microseconds that a session may lie unused."""
        self._connection = connection
        self._idle = idle

    def add(self, session: Session, handle_digest: bytes) -> None:
        _ADD.run(
            self._connection,
            id=session.id,
            handle_digest=handle_digest,
            account_id=session.account_id,
            proofs=proofs_text(session.proofs),
            created_at=to_micros(session.created_at),
            seen_at=to_micros(session.seen_at),
            expires_at=to_micros(session.expires_at),
            address=session.address,
            user_agent=session.user_agent,
            ended_at=None,
            ended_reason=None,
        )

    def living(self, handle_digest: bytes, now: datetime) -> LivingSession | None:
        micros = to_micros(now)
        rows = (
            _LIVING.run(self._connection, digest=handle_digest, now=micros, idle_since=micros - self._idle)
            .mappings()
            .all()
        )
        if not rows:
            return None
        grants = tuple(grant_from(row, "g_") for row in rows if row["g_id"])
        return LivingSession(session_from(rows[0], "s_"), account_from(rows[0], grants))

    def get(self, session_id: SessionId) -> Session | None:
        row = _BY_ID.run(self._connection, session=session_id).mappings().first()
        return session_from(row) if row else None

    def raise_to(
        self, session_id: SessionId, proofs: tuple[Proof, ...], new_digest: bytes, now: datetime
    ) -> bool:
        changed = _RAISE.run(
            self._connection,
            session=session_id,
            new_proofs=proofs_text(proofs),
            new_digest=new_digest,
            now=to_micros(now),
        )
        return changed.rowcount == 1

    def touch(self, session_id: SessionId, now: datetime) -> None:
        _TOUCH.run(self._connection, session=session_id, now=to_micros(now))

    def end(self, session_id: SessionId, reason: EndReason, now: datetime) -> bool:
        changed = self._connection.execute(
            update(sessions)
            .where(sessions.c.id == session_id, sessions.c.ended_at.is_(None))
            .values(ended_at=now, ended_reason=reason.value)
        )
        return changed.rowcount == 1

    def of_account(self, account_id: AccountId, now: datetime) -> Sequence[Session]:
        rows = self._connection.execute(
            select(*_SESSION_COLUMNS)
            .where(
                sessions.c.account_id == account_id,
                sessions.c.ended_at.is_(None),
                sessions.c.expires_at > now,
                sessions.c.seen_at > from_micros(to_micros(now) - self._idle),
            )
            .order_by(sessions.c.seen_at.desc())
        ).mappings()
        return [session_from(row) for row in rows]

    def unended(self, account_id: AccountId) -> Sequence[SessionId]:
        found = self._connection.execute(
            select(sessions.c.id).where(sessions.c.account_id == account_id, sessions.c.ended_at.is_(None))
        ).scalars()
        return [SessionId(one) for one in found]

    def join(self, participant: Participant) -> bool:
        done = _JOIN.run(
            self._connection,
            session_id=participant.session_id,
            application_id=participant.application_id,
            protocol=participant.protocol,
            since=to_micros(participant.since),
        )
        return done.rowcount == 1

    def participants(self, session_id: SessionId) -> Sequence[Participant]:
        rows = self._connection.execute(
            select(participants).where(participants.c.session_id == session_id)
        ).mappings()
        return [
            Participant(
                SessionId(row["session_id"]),
                ApplicationId(row["application_id"]),
                row["protocol"],
                row["since"],
            )
            for row in rows
        ]
