"""Records of a directory as the domain's values. Pure.

Owns which field of a record becomes which value, and that every value says which entry and attribute it came
from.
"""

from collections.abc import Mapping
from datetime import datetime

from directory_sync import Inactivity, PersonRecord, person_fingerprint, person_text
from directory_sync.wording import INACTIVE
from idp.domain.account import Account, AccountState, PasswordSource
from idp.domain.employment import Employment
from idp.domain.handles import AccountId, PersonId, UnitId
from idp.domain.person import Origin, Person, Protection
from idp.provisioning.ports import Entry

BY_SYNCHRONISATION = "sync"
"""What `accounts.disabled_by` says of accounts that a directory, not a human, has disabled."""


def person_of(record: PersonRecord, person_id: PersonId, created_at: datetime | None) -> Person:
    """Return the person as the record has it."""
    return Person(
        id=person_id,
        given_name=record.given_name,
        surname=record.surname,
        display_name=record.display_name,
        protection=Protection(record.protection.value),
        employee_number=record.employee_number,
        language=record.language,
        created_at=created_at,
        origins={
            field: Origin(record.source, record.key, attribute) for field, attribute in record.origins.items()
        },
    )


def account_of(
    record: PersonRecord,
    account_id: AccountId,
    person_id: PersonId,
    login: str,
    inactive: Inactivity | None,
    now: datetime,
) -> Account:
    """Return a new account whose password is the entry's."""
    return Account(
        id=account_id,
        person_id=person_id,
        login=login,
        state=AccountState.ACTIVE if inactive is None else AccountState.DISABLED,
        password_source=PasswordSource.DIRECTORY,
        directory=record.source,
        directory_key=record.key,
        starts=record.begins(now),
        disabled_reason=None if inactive is None else INACTIVE[inactive],
        disabled_at=None if inactive is None else now,
    )


def entry_of(record: PersonRecord, person_id: PersonId, *, active: bool) -> Entry:
    """Return the entry as it is to be remembered."""
    text = person_text(record)
    return Entry(
        key=record.key,
        person_id=person_id,
        dn=record.dn,
        fingerprint=person_fingerprint(record),
        active=active,
        employee_number=record.employee_number,
        record=text,
        ends_at=record.ends() if active else None,
    )


def employments_of(
    record: PersonRecord, person_id: PersonId, units: Mapping[str, UnitId]
) -> list[Employment]:
    """Return the record's employments; several in one unit become one that spans them.

    An employment without a unit stays in the entry's record: it opens nothing.
    """
    found: dict[UnitId, Employment] = {}
    for one in record.employments:
        if one.unit_code is None:
            continue
        unit_id = units[one.unit_code]
        made = Employment(person_id, unit_id, record.source, one.title or "", one.starts, one.ends)
        earlier = found.get(unit_id)
        found[unit_id] = made if earlier is None else _spanning(earlier, made)
    return list(found.values())


def _spanning(left: Employment, right: Employment) -> Employment:
    titles = dict.fromkeys(title for title in (left.title, right.title) if title)
    return Employment(
        left.person_id,
        left.unit_id,
        left.source,
        ", ".join(titles),
        None if left.starts is None or right.starts is None else min(left.starts, right.starts),
        None if left.ends is None or right.ends is None else max(left.ends, right.ends),
    )
