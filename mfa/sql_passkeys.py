"""Passkeys in SQL: a challenge is spent, and a counter raised, by one conditional UPDATE each."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, insert, or_, select, update

from mfa.authenticators import Passkey, PasskeyPurpose
from mfa.sql_insert import insert_or_ignore
from mfa.sql_prepared import Prepared
from mfa.tables import instant, instant_or_none, microseconds, passkey_challenges, passkeys

_LIVING = passkeys.c.removed_at.is_(None)
_ACTIVE = Prepared(
    select(passkeys)
    .where(passkeys.c.subject == bindparam("of_subject"), _LIVING)
    .order_by(passkeys.c.created_at, passkeys.c.id)
)
_BY_CREDENTIAL = Prepared(select(passkeys).where(passkeys.c.credential_id == bindparam("named"), _LIVING))
_USE = Prepared(
    update(passkeys)
    .where(
        passkeys.c.id == bindparam("used_id"),
        _LIVING,
        # Grown, or kept at nothing by its authenticator (WebAuthn Level 3 §7.2, step 22).
        or_(
            passkeys.c.sign_count < bindparam("new_count"),
            and_(passkeys.c.sign_count == 0, bindparam("same_count") == 0),
        ),
    )
    .values(
        sign_count=bindparam("kept_count"),
        backed_up=bindparam("now_backed"),
        last_used_at=bindparam("used_at"),
    )
)
_SPEND_CHALLENGE = Prepared(
    update(passkey_challenges)
    .where(
        passkey_challenges.c.challenge == bindparam("answered"),
        passkey_challenges.c.purpose == bindparam("for_purpose"),
        passkey_challenges.c.subject == bindparam("of_subject"),
        passkey_challenges.c.binding == bindparam("bound_to"),
        passkey_challenges.c.spent_at.is_(None),
        passkey_challenges.c.expires_at > bindparam("now"),
    )
    .values(spent_at=bindparam("spent_now"))
)


class SqlPasskeyStore:
    """Passkeys and the challenges that they answer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_challenge(
        self, challenge: bytes, purpose: PasskeyPurpose, subject: str, binding: bytes, expires_at: datetime
    ) -> None:
        self._connection.execute(
            insert(passkey_challenges).values(
                challenge=challenge,
                purpose=purpose.value,
                subject=subject,
                binding=binding,
                expires_at=expires_at,
            )
        )

    def spend_challenge(
        self, challenge: bytes, purpose: PasskeyPurpose, subject: str, binding: bytes, now: datetime
    ) -> bool:
        spent = _SPEND_CHALLENGE.run(
            self._connection,
            answered=challenge,
            for_purpose=purpose.value,
            of_subject=subject,
            bound_to=binding,
            now=microseconds(now),
            spent_now=microseconds(now),
        )
        return spent.rowcount == 1

    def answer_challenge(
        self, challenge: bytes, purpose: PasskeyPurpose, binding: bytes, expires_at: datetime, now: datetime
    ) -> bool:
        return insert_or_ignore(
            self._connection,
            passkey_challenges,
            {
                "challenge": challenge,
                "purpose": purpose.value,
                "subject": "",
                "binding": binding,
                "expires_at": expires_at,
                "spent_at": now,
            },
        )

    def add(self, passkey: Passkey) -> bool:
        return insert_or_ignore(
            self._connection,
            passkeys,
            {
                "id": passkey.id,
                "subject": passkey.subject,
                "name": passkey.name,
                "credential_id": passkey.credential_id,
                "public_key": passkey.public_key,
                "sign_count": passkey.sign_count,
                "aaguid": passkey.aaguid,
                "transports": " ".join(passkey.transports),
                "user_verifying": passkey.user_verifying,
                "backup_eligible": passkey.backup_eligible,
                "backed_up": passkey.backed_up,
                "attested": passkey.attested,
                "created_at": passkey.created_at,
            },
        )

    def active(self, subject: str) -> tuple[Passkey, ...]:
        return tuple(_passkey(row) for row in _ACTIVE.run(self._connection, of_subject=subject))

    def by_credential(self, credential_id: bytes) -> Passkey | None:
        row = _BY_CREDENTIAL.run(self._connection, named=credential_id).one_or_none()
        return None if row is None else _passkey(row)

    def use(self, passkey: Passkey, sign_count: int, now: datetime, *, backed_up: bool) -> bool:
        used = _USE.run(
            self._connection,
            used_id=passkey.id,
            new_count=sign_count,
            same_count=sign_count,
            kept_count=sign_count,
            now_backed=backed_up,
            used_at=microseconds(now),
        )
        return used.rowcount == 1

    def note_regression(self, passkey: Passkey, now: datetime) -> bool:
        noted = self._connection.execute(
            update(passkeys)
            .where(passkeys.c.id == passkey.id, passkeys.c.removed_at.is_(None))
            .values(regressed_at=now)
        )
        return noted.rowcount == 1

    def rename(self, subject: str, passkey_id: str, name: str) -> bool:
        renamed = self._connection.execute(
            update(passkeys).where(_own(subject, passkey_id)).values(name=name)
        )
        return renamed.rowcount == 1

    def remove(self, subject: str, passkey_id: str, now: datetime) -> bool:
        removed = self._connection.execute(
            update(passkeys).where(_own(subject, passkey_id)).values(removed_at=now, public_key=None)
        )
        return removed.rowcount == 1

    def prune(self, before: datetime) -> int:
        over = delete(passkey_challenges).where(passkey_challenges.c.expires_at < before)
        return self._connection.execute(over).rowcount


def _own(subject: str, passkey_id: str) -> ColumnElement[bool]:
    return and_(passkeys.c.id == passkey_id, passkeys.c.subject == subject, passkeys.c.removed_at.is_(None))


def _passkey(row: Row[*tuple[object, ...]]) -> Passkey:
    return Passkey(
        id=row.id,
        subject=row.subject,
        name=row.name,
        credential_id=bytes(row.credential_id),
        public_key=bytes(row.public_key),
        sign_count=row.sign_count,
        aaguid=row.aaguid,
        transports=tuple(row.transports.split()),
        user_verifying=bool(row.user_verifying),
        backup_eligible=bool(row.backup_eligible),
        backed_up=bool(row.backed_up),
        attested=bool(row.attested),
        created_at=instant(row.created_at),
        last_used_at=instant_or_none(row.last_used_at),
        regressed_at=instant_or_none(row.regressed_at),
    )
