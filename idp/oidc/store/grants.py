"""Grants as rows: made with their code, claimed once, revoked as a family."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from idp.domain.account import AccountState
from idp.domain.application import Audience
from idp.domain.handles import AccountId, ApplicationId, SessionId
from idp.domain.person import Protection
from idp.oidc.grants import ClaimsRequest, Grant, Standing, StandingGrant, Subject
from idp.oidc.tables import grants
from idp.storage.columns import from_micros, to_micros
from idp.storage.prepared import Prepared, loads
from idp.storage.primary_address import PRIMARY_ADDRESS
from idp.storage.proofs import proofs_from_json, proofs_to_json
from idp.storage.tables import accounts, applications, persons, sessions

GRANT_COLUMNS = tuple(column.label(f"g_{column.name}") for column in grants.c)

STANDING_COLUMNS = (
    grants.c.revoked_at.label("revoked_at"),
    sessions.c.ended_at.label("session_ended_at"),
    sessions.c.expires_at.label("session_expires_at"),
    accounts.c.state.label("account_state"),
    accounts.c.starts.label("account_starts"),
    applications.c.enabled.label("application_enabled"),
    applications.c.policy.label("application_policy"),
)

SUBJECT_COLUMNS = (
    accounts.c.person_id,
    accounts.c.login,
    persons.c.given_name,
    persons.c.surname,
    persons.c.display_name,
    persons.c.protection,
    persons.c.language,
    PRIMARY_ADDRESS.label("email"),
)

#: A grant with everything that may end it. A session that was removed takes its grants along.
GRANTS_IN_CONTEXT = (
    grants.join(sessions, sessions.c.id == grants.c.session_id)
    .join(accounts, accounts.c.id == grants.c.account_id)
    .join(persons, persons.c.id == accounts.c.person_id)
    .join(applications, applications.c.id == grants.c.application_id)
)

_ADD = Prepared(insert(grants))

_CLAIM_CODE = Prepared(
    update(grants)
    .where(grants.c.code_digest == bindparam("digest"), grants.c.spent_at.is_(None))
    .values(spent_at=bindparam("now"))
    .returning(grants.c.id)
)

# FOR SHARE OF sessions (PostgreSQL; SQLite has one writer): whoever ends the session meanwhile waits, and
# then sees the participant that is about to join, so that no system is forgotten at sign-out.
_STANDING = Prepared(
    select(*GRANT_COLUMNS, *STANDING_COLUMNS, *SUBJECT_COLUMNS)
    .select_from(GRANTS_IN_CONTEXT)
    .where(grants.c.id == bindparam("grant"))
    .with_for_update(read=True, of=sessions)
)


def grant_from(row: Any) -> Grant:
    """Return the grant of a row that holds `GRANT_COLUMNS`, straight from the driver."""
    claims = loads(row["g_claims"])
    return Grant(
        id=row["g_id"],
        application_id=ApplicationId(row["g_application_id"]),
        client_id=row["g_client_id"],
        account_id=AccountId(row["g_account_id"]),
        session_id=SessionId(row["g_session_id"]),
        redirect_uri=row["g_redirect_uri"],
        code_challenge=row["g_code_challenge"],
        nonce=row["g_nonce"],
        scope=tuple(row["g_scope"].split()),
        audience=row["g_audience"],
        claims=ClaimsRequest(tuple(claims["userinfo"]), tuple(claims["id_token"])),
        proofs=proofs_from_json(loads(row["g_proofs"])),
        acr=row["g_acr"],
        created_at=from_micros(row["g_created_at"]),
        code_expires_at=from_micros(row["g_code_expires_at"]),
        expires_at=from_micros(row["g_expires_at"]),
    )


def standing_from(row: Any) -> Standing:
    """Return what may end the grant, from a row that holds `STANDING_COLUMNS`."""
    starts, policy = row["account_starts"], loads(row["application_policy"])
    return Standing(
        revoked=row["revoked_at"] is not None,
        session_ended=row["session_ended_at"] is not None,
        session_expires_at=from_micros(row["session_expires_at"]),
        account_state=AccountState(row["account_state"]),
        account_starts=None if starts is None else from_micros(starts),
        application_enabled=bool(row["application_enabled"]),
        audience=Audience(policy["everyone"], frozenset(policy["groups"]), frozenset(policy["units"])),
    )


def subject_from(row: Any) -> Subject:
    """Return the person of a row that holds `SUBJECT_COLUMNS` and the grant's."""
    return person_from(row, AccountId(row["g_account_id"]))


def person_from(row: Any, account_id: AccountId) -> Subject:
    """Return the person of a row that holds `SUBJECT_COLUMNS`."""
    protection = Protection(row["protection"])
    return Subject(
        account_id=account_id,
        person_id=row["person_id"],
        login=row["login"],
        given_name=row["given_name"],
        family_name=row["surname"],
        shown_name=row["display_name"] if protection is Protection.NONE else "—",
        protection=protection,
        language=row["language"],
        email=row["email"],
    )


class Grants:
    """Grants within one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, grant: Grant, code_digest: bytes) -> None:
        """Store a new grant under the digest of its code."""
        _ADD.run(
            self._connection,
            id=grant.id,
            code_digest=code_digest,
            application_id=grant.application_id,
            client_id=grant.client_id,
            account_id=grant.account_id,
            session_id=grant.session_id,
            redirect_uri=grant.redirect_uri,
            code_challenge=grant.code_challenge,
            nonce=grant.nonce,
            scope=" ".join(grant.scope),
            audience=grant.audience,
            claims=json.dumps(
                {"userinfo": list(grant.claims.userinfo), "id_token": list(grant.claims.id_token)}
            ),
            proofs=json.dumps(proofs_to_json(grant.proofs)),
            acr=grant.acr,
            created_at=to_micros(grant.created_at),
            code_expires_at=to_micros(grant.code_expires_at),
            spent_at=None,
            expires_at=to_micros(grant.expires_at),
            revoked_at=None,
            revoked_reason=None,
        )

    def claim_code(self, code_digest: bytes, now: datetime) -> str | None:
        """Spend a code and return its grant's id; None if there is no such code or it was spent before."""
        row = _CLAIM_CODE.run(self._connection, digest=code_digest, now=to_micros(now)).first()
        return None if row is None else str(row[0])

    def standing(self, grant_id: str) -> StandingGrant | None:
        """Return a grant with everything that may end it, its session held against ending meanwhile."""
        row = _STANDING.run(self._connection, grant=grant_id).mappings().first()
        if row is None:
            return None
        return StandingGrant(grant_from(row), standing_from(row), subject_from(row))

    def of_code(self, code_digest: bytes) -> str | None:
        """Return the id of the grant that a code, spent or not, belongs to."""
        return self._connection.execute(
            select(grants.c.id).where(grants.c.code_digest == code_digest)
        ).scalar()

    def revoke(self, grant_id: str, reason: str, now: datetime) -> bool:
        """Revoke a grant with every token in it; False if it was revoked before."""
        changed = self._connection.execute(
            update(grants)
            .where(grants.c.id == grant_id, grants.c.revoked_at.is_(None))
            .values(revoked_at=now, revoked_reason=reason)
        )
        return changed.rowcount == 1

    def revoke_of_session(self, session_id: str, application_id: str, reason: str, now: datetime) -> int:
        """Revoke what a client was given in a session; return how many grants that ended."""
        return self._connection.execute(
            update(grants)
            .where(
                grants.c.session_id == session_id,
                grants.c.application_id == application_id,
                grants.c.revoked_at.is_(None),
            )
            .values(revoked_at=now, revoked_reason=reason)
        ).rowcount

    def revoke_of_consent(self, account_id: str, application_id: str, now: datetime) -> int:
        """Revoke everything that a person let a client have; return how many grants that ended."""
        return self._connection.execute(
            update(grants)
            .where(
                grants.c.account_id == account_id,
                grants.c.application_id == application_id,
                grants.c.revoked_at.is_(None),
            )
            .values(revoked_at=now, revoked_reason="consent_withdrawn")
        ).rowcount
