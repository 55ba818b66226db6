"""Which kinds of second factor a subject could use now: one statement, asked at each step of each sign-in."""

from sqlalchemy import BindParameter, CompoundSelect, Select, bindparam, exists, literal, select, union_all

from mfa.authenticators import FactorKind
from mfa.sql_prepared import Prepared
from mfa.tables import (
    destinations,
    hotps,
    passkeys,
    recovery_code_sets,
    recovery_codes,
    temporary_codes,
    totps,
)

_SUBJECT: BindParameter[str] = bindparam("of_subject")
_NOW: BindParameter[int] = bindparam("now")


def _has(kind: FactorKind, rows: Select[*tuple[object, ...]]) -> Select[*tuple[object, ...]]:
    return select(literal(kind.value).label("kind")).where(exists(rows))


def _usable() -> CompoundSelect[*tuple[object, ...]]:
    app = select(totps.c.id).where(
        totps.c.subject == _SUBJECT, totps.c.confirmed_at.is_not(None), totps.c.removed_at.is_(None)
    )
    counter = select(hotps.c.id).where(hotps.c.subject == _SUBJECT, hotps.c.removed_at.is_(None))
    recovery = (
        select(recovery_codes.c.position)
        .join_from(recovery_codes, recovery_code_sets)
        .where(
            recovery_code_sets.c.subject == _SUBJECT,
            recovery_code_sets.c.ended_at.is_(None),
            recovery_codes.c.spent_at.is_(None),
        )
    )
    temporary = select(temporary_codes.c.id).where(
        temporary_codes.c.subject == _SUBJECT,
        temporary_codes.c.purpose == bindparam("of_purpose"),
        temporary_codes.c.uses_left > 0,
        temporary_codes.c.expires_at > _NOW,
        temporary_codes.c.withdrawn_at.is_(None),
    )
    passkey = select(passkeys.c.id).where(passkeys.c.subject == _SUBJECT, passkeys.c.removed_at.is_(None))
    called = select(destinations.c.channel.label("kind")).where(
        destinations.c.subject == _SUBJECT,
        destinations.c.removed_at.is_(None),
        destinations.c.usable_from <= _NOW,
    )
    return union_all(
        _has(FactorKind.TOTP, app),
        _has(FactorKind.HOTP, counter),
        _has(FactorKind.RECOVERY_CODE, recovery),
        _has(FactorKind.TEMPORARY_CODE, temporary),
        _has(FactorKind.PASSKEY, passkey),
        called,
    )


#: Run with `of_subject`, `of_purpose` and `now` in microseconds; gives rows with a `kind`.
USABLE = Prepared(_usable())

#: Run with `of_subject`; a row if anything was ever bound and is still remembered.
EVER_BOUND = Prepared(
    union_all(
        select(totps.c.id).where(totps.c.subject == _SUBJECT, totps.c.confirmed_at.is_not(None)),
        select(hotps.c.id).where(hotps.c.subject == _SUBJECT),
        select(passkeys.c.id).where(passkeys.c.subject == _SUBJECT),
    )
)
