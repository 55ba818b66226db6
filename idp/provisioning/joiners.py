"""Persons seen for the first time: person, account, names, employments and entry, or a link to a known person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from directory_sync import HeldLine, Inactivity, Joiner, PersonRecord, PersonRef
from idp.domain.account import Account
from idp.domain.events import AccountChanged, AccountCreated
from idp.domain.handles import AccountId, PersonId, new_ids
from idp.domain.person import Person
from idp.provisioning.batch import CHANGED_MEANWHILE, NAME_TAKEN, Batch
from idp.provisioning.name_desk import usable_login
from idp.provisioning.values import BY_SYNCHRONISATION, account_of, employments_of, entry_of, person_of


@dataclass(frozen=True, slots=True)
class _Newcomer:
    held: HeldLine
    record: PersonRecord
    inactive: Inactivity | None
    person_id: PersonId


def join(batch: Batch, lines: Sequence[tuple[HeldLine, Joiner]]) -> None:
    """Take in new persons. One whom the directory calls inactive gets a disabled account and no address."""
    arrived = _not_known_yet(batch, lines)
    new = [(held, line) for held, line in arrived if line.same_person_as is None]
    newcomers = [
        _Newcomer(held, line.record, line.inactive, PersonId(made))
        for (held, line), made in zip(new, new_ids(len(new)), strict=True)
    ]
    linked = _linked(batch, arrived)
    persons = {one.person_id: person_of(one.record, one.person_id, batch.occasion.now) for one in newcomers}
    newcomers = _admit(batch, newcomers, persons)
    accounts = _open_accounts(batch, newcomers, persons)
    _store_facts(batch, [*newcomers, *linked])
    for account in accounts:
        batch.record(
            AccountCreated(subject=account.id, login=account.login, reason=account.disabled_reason or "")
        )


def _not_known_yet(batch: Batch, lines: Sequence[tuple[HeldLine, Joiner]]) -> list[tuple[HeldLine, Joiner]]:
    known = batch.uow.provisioning.entries.people(batch.source, [line.record.key for _, line in lines])
    for held, line in lines:
        if line.record.key in known:
            batch.leave_out(held, CHANGED_MEANWHILE)
    return [(held, line) for held, line in lines if line.record.key not in known]


def _linked(batch: Batch, lines: Sequence[tuple[HeldLine, Joiner]]) -> list[_Newcomer]:
    """Those who are known from another directory: no second account."""
    others = [line.same_person_as for _, line in lines if line.same_person_as is not None]
    known: dict[PersonRef, PersonId] = {}
    for source in {other.source for other in others}:
        keys = [other.key for other in others if other.source == source]
        people = batch.uow.provisioning.entries.people(source, keys)
        known.update((PersonRef(source, key), person_id) for key, person_id in people.items())
    found: list[_Newcomer] = []
    for held, line in lines:
        if line.same_person_as in known:
            found.append(_Newcomer(held, line.record, line.inactive, known[line.same_person_as]))
        elif line.same_person_as is not None:
            batch.leave_out(held, CHANGED_MEANWHILE)
    return _with_own_login(batch, found)


def _with_own_login(batch: Batch, linked: Sequence[_Newcomer]) -> list[_Newcomer]:
    """A user name of this directory is kept for its person too, though the account has the other's."""
    wanted = {one.person_id: one.record.login for one in linked if one.record.login is not None}
    refused = batch.desk.claim_logins(batch.uow.provisioning.names, wanted, batch.occasion.now)
    for one in linked:
        if one.person_id in refused:
            batch.leave_out(one.held, NAME_TAKEN)
        else:
            batch.record(AccountChanged(subject=one.person_id, object=batch.source, fields=["directory"]))
    return [one for one in linked if one.person_id not in refused]


def _admit(
    batch: Batch, newcomers: Sequence[_Newcomer], persons: Mapping[PersonId, Person]
) -> list[_Newcomer]:
    """Store the persons whose user name is theirs to have."""
    rows, now = batch.uow.provisioning, batch.occasion.now
    rows.population.add_persons(list(persons.values()), now)
    wanted = {one.person_id: one.record.login for one in newcomers if one.record.login is not None}
    refused = batch.desk.claim_logins(rows.names, wanted, now)
    if refused:
        rows.names.forget_claims(refused)
        rows.population.forget_persons(refused)
    for one in newcomers:
        if one.person_id in refused:
            batch.leave_out(one.held, NAME_TAKEN)
    return [one for one in newcomers if one.person_id not in refused]


def _open_accounts(
    batch: Batch, newcomers: Sequence[_Newcomer], persons: Mapping[PersonId, Person]
) -> list[Account]:
    rows, now = batch.uow.provisioning, batch.occasion.now
    given = {one.person_id: usable_login(one.record) for one in newcomers}
    nameless = {one.person_id: one.record for one in newcomers if given[one.person_id] is None}
    made = batch.desk.make_logins(rows.names, nameless, now=now, known=False)
    accounts = [
        account_of(
            one.record,
            AccountId(account_id),
            one.person_id,
            given[one.person_id] or made[one.person_id],
            one.inactive,
            now,
        )
        for one, account_id in zip(newcomers, new_ids(len(newcomers)), strict=True)
    ]
    rows.population.add_accounts(accounts, BY_SYNCHRONISATION)
    active = [persons[one.person_id] for one in newcomers if one.inactive is None]
    rows.population.add_addresses(batch.desk.give_addresses(rows.names, active, now=now, known=False), now)
    return accounts


def _store_facts(batch: Batch, newcomers: Sequence[_Newcomer]) -> None:
    rows, now = batch.uow.provisioning, batch.occasion.now
    units = batch.unit_ids(one.record for one in newcomers)
    employments = [
        employment for one in newcomers for employment in employments_of(one.record, one.person_id, units)
    ]
    rows.population.replace_employments(batch.source, (), employments)
    entries = [entry_of(one.record, one.person_id, active=one.inactive is None) for one in newcomers]
    rows.entries.add(batch.source, entries, now)
