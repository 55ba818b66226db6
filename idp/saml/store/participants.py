"""Names given to services, and which services take part in which session under what name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from idp.domain.handles import AccountId, ApplicationId, SessionId, new_id
from idp.saml.tables import name_ids, participants
from idp.storage.prepared import Prepared


@dataclass(frozen=True, slots=True)
class SamlParticipant:
    """One service in one session."""

    session_id: SessionId
    application_id: ApplicationId
    session_index: str
    name_id: str
    name_id_format: str
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A session as one service knows it."""

    session_index: str
    name_id: str
    name_id_format: str


_NAME_OF = Prepared(
    select(name_ids.c.value).where(
        name_ids.c.application_id == bindparam("application"), name_ids.c.account_id == bindparam("account")
    )
)
_INDEX_OF = Prepared(
    select(participants.c.session_index, participants.c.name_id, participants.c.name_id_format).where(
        participants.c.session_id == bindparam("session"),
        participants.c.application_id == bindparam("application"),
    )
)


class Participants:
    """Names and participants within one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert

    def pairwise_name(self, application_id: ApplicationId, account_id: AccountId, now: datetime) -> str:
        """Return the account's own random name at one service, made at first need (statement M14).

        It is stored, never computed and never given to anybody else: accounts and applications are never reused.
        """
        found = _NAME_OF.run(self._connection, application=application_id, account=account_id).scalar()
        if isinstance(found, str):
            return found
        value = new_id()
        self._connection.execute(
            self._insert(name_ids)
            .values(application_id=application_id, account_id=account_id, value=value, created_at=now)
            .on_conflict_do_nothing()
        )
        # Another request may have been first: what is stored counts.
        return str(_NAME_OF.run(self._connection, application=application_id, account=account_id).scalar())

    def account_named(self, application_id: ApplicationId, value: str) -> AccountId | None:
        """Return whose pairwise name `value` is."""
        found = self._connection.execute(
            select(name_ids.c.account_id).where(
                name_ids.c.application_id == application_id, name_ids.c.value == value
            )
        ).scalar()
        return None if found is None else AccountId(found)

    def known(self, session_id: SessionId, application_id: ApplicationId) -> Known | None:
        """Return the name under which a service knows the session already."""
        row = _INDEX_OF.run(self._connection, session=session_id, application=application_id).first()
        return None if row is None else Known(row.session_index, row.name_id, row.name_id_format)

    def join(
        self,
        session_id: SessionId,
        application_id: ApplicationId,
        name_id: str,
        name_format: str,
        now: datetime,
    ) -> str:
        """Note that a service takes part under a name, in place of any other; return its SessionIndex there."""
        session_index = new_id()
        values = {
            "session_index": session_index,
            "name_id": name_id,
            "name_id_format": name_format,
            "since": now,
            "left_at": None,
        }
        self._connection.execute(
            self._insert(participants)
            .values(session_id=session_id, application_id=application_id, **values)
            .on_conflict_do_update(index_elements=["session_id", "application_id"], set_=values)
        )
        return session_index

    def of_session(self, session_id: SessionId) -> Sequence[SamlParticipant]:
        """Return the services of a session."""
        return self._read(participants.c.session_id == session_id)

    def named(self, application_id: ApplicationId, name_id: str) -> Sequence[SamlParticipant]:
        """Return what a service knows under a name."""
        return self._read(participants.c.application_id == application_id, participants.c.name_id == name_id)

    def leave(self, session_id: SessionId, application_id: ApplicationId, now: datetime) -> None:
        """Note that a service knows already that its session has ended."""
        self._connection.execute(
            update(participants)
            .where(participants.c.session_id == session_id, participants.c.application_id == application_id)
            .values(left_at=now)
        )

    def _read(self, *conditions: object) -> Sequence[SamlParticipant]:
        query = select(participants).where(*conditions).order_by(participants.c.since)  # type: ignore[arg-type]  # conditions of Core
        return [
            SamlParticipant(
                session_id=SessionId(row["session_id"]),
                application_id=ApplicationId(row["application_id"]),
                session_index=row["session_index"],
                name_id=row["name_id"],
                name_id_format=row["name_id_format"],
                left_at=row["left_at"],
            )
            for row in self._connection.execute(query).mappings()
        ]
