"""One person as claims need them, without a grant: for the preview of what a system would be told."""

from sqlalchemy import select

from idp.domain.handles import AccountId
from idp.domain.ports import UnitOfWork
from idp.oidc.grants import Subject
from idp.oidc.store.connection import connection_of
from idp.oidc.store.grants import SUBJECT_COLUMNS, person_from
from idp.storage.tables import accounts, persons


def subject_of(uow: UnitOfWork, account_id: AccountId) -> Subject | None:
    """Return the person behind an account."""
    row = (
        connection_of(uow)
        .execute(
            select(*SUBJECT_COLUMNS)
            .select_from(accounts.join(persons, persons.c.id == accounts.c.person_id))
            .where(accounts.c.id == account_id)
        )
        .mappings()
        .first()
    )
    return None if row is None else person_from(row, account_id)
