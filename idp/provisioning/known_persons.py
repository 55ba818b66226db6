"""Persons who are known: changed values and names, leaving, returning.

Owns what a line does to an account that exists. Whoever is inactive is disabled, never deleted, and only what
a synchronisation disabled does it enable again (L5). The account follows the directory that checks its
password; another directory's entry of the same person brings employments and groups and changes nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from directory_sync import Changed, HeldLine, Leaver, Mover, PersonRecord, Returned
from directory_sync.wording import INACTIVE
from idp.domain.account import Account
from idp.domain.accounts import disable
from idp.domain.events import AccountChanged, AccountEnabled
from idp.domain.handles import PersonId
from idp.domain.naming import shows_name
from idp.domain.person import Person, Protection
from idp.provisioning.batch import CHANGED_MEANWHILE, NAME_TAKEN, Batch
from idp.provisioning.name_desk import usable_login
from idp.provisioning.ports import Entry, KnownPersonState
from idp.provisioning.values import BY_SYNCHRONISATION, employments_of, entry_of, person_of

KnownLine = Changed | Mover | Leaver | Returned


@dataclass(frozen=True, slots=True)
class _Case:
    """One line with what it is about; `record` is None where only the access ends."""

    held: HeldLine
    line: KnownLine
    entry: Entry
    state: KnownPersonState
    record: PersonRecord | None

    @property
    def person_id(self) -> PersonId:
        return self.entry.person_id

    @property
    def own_account(self) -> Account | None:
        """The account, if it is this entry whose password it has."""
        account = self.state.account
        source = self.record.source if self.record else _last(self.line).source
        if account is None or (account.directory, account.directory_key) != (source, self.entry.key):
            return None
        return account

    @property
    def person(self) -> Person:
        """The person as it is to be."""
        if self.record is None or self.own_account is None:
            return self.state.person
        return person_of(self.record, self.person_id, self.state.person.created_at)

    @property
    def active(self) -> bool:
        """Whether the entry counts as active from now on."""
        if isinstance(self.line, Leaver):
            return False
        return True if isinstance(self.line, Returned) else self.entry.active


def change(batch: Batch, lines: Sequence[tuple[HeldLine, KnownLine]]) -> None:
    """Carry out lines about known persons."""
    cases = _claim_logins(batch, _cases(batch, lines))
    _store_persons(batch, cases)
    changed_fields = _store_accounts(batch, cases)
    readdressed = _readdress(batch, cases)
    _store_facts(batch, cases)
    for case in cases:
        _record_change(
            batch, case, changed_fields.get(case.person_id, ()), readdressed=case.person_id in readdressed
        )
        _settle_state(batch, case)


def _key(line: KnownLine) -> str:
    return line.key if isinstance(line, Leaver) else line.record.key


def _last(line: KnownLine) -> PersonRecord:
    return line.last if isinstance(line, Leaver) else line.record


def _cases(batch: Batch, lines: Sequence[tuple[HeldLine, KnownLine]]) -> list[_Case]:
    """Lock what the lines are about and drop those whose facts are not what they were."""
    rows = batch.uow.provisioning
    entries = {entry.key: entry for entry in rows.entries.lock(batch.source, [_key(ln) for _, ln in lines])}
    persons = {entry.person_id for entry in entries.values()}
    states = rows.population.lock(persons, batch.desk.mail.name)
    cases: list[_Case] = []
    for held, line in lines:
        entry = entries.get(_key(line))
        if (
            entry is None
            or entry.fingerprint != line.before
            or (not entry.active and isinstance(line, Leaver))
        ):
            batch.leave_out(held, CHANGED_MEANWHILE)
        else:
            cases.append(_Case(held, line, entry, states[entry.person_id], line.record))
    return cases


def _claim_logins(batch: Batch, cases: Sequence[_Case]) -> list[_Case]:
    """Another's user name stops what a record brings, never what a directory takes away."""
    wanted = {
        c.person_id: c.record.login for c in cases if c.record is not None and c.record.login is not None
    }
    refused = batch.desk.claim_logins(batch.uow.provisioning.names, wanted, batch.occasion.now)
    kept: list[_Case] = []
    for case in cases:
        if case.person_id not in refused:
            kept.append(case)
        elif isinstance(case.line, Leaver):
            kept.append(replace(case, record=None))
        else:
            batch.leave_out(case.held, NAME_TAKEN)
    return kept


def _store_persons(batch: Batch, cases: Sequence[_Case]) -> None:
    changed = [case.person for case in cases if case.person != case.state.person]
    batch.uow.provisioning.population.replace_persons(changed)


def _store_accounts(batch: Batch, cases: Sequence[_Case]) -> dict[PersonId, Sequence[str]]:
    """Store user names and beginnings; return what changed of each account."""
    logins = _logins(batch, cases)
    changed: list[Account] = []
    fields: dict[PersonId, Sequence[str]] = {}
    for case in cases:
        account = case.own_account
        if account is None or case.record is None:
            continue
        login = logins.get(case.person_id, account.login)
        starts = case.record.begins(batch.occasion.now)
        if (login, starts) != (account.login, account.starts):
            changed.append(replace(account, login=login, starts=starts))
            fields[case.person_id] = [
                name
                for name, differs in (("login", login != account.login), ("starts", starts != account.starts))
                if differs
            ]
    batch.uow.provisioning.population.replace_accounts(changed)
    return fields


def _logins(batch: Batch, cases: Sequence[_Case]) -> dict[PersonId, str]:
    """Who gets another user name: the directory's, or a neutral one in place of one that shows the name."""
    logins: dict[PersonId, str] = {}
    nameless: dict[PersonId, PersonRecord] = {}
    for case in cases:
        account, record = case.own_account, case.record
        if account is None or record is None:
            continue
        usable = usable_login(record)
        if usable is not None:
            logins[case.person_id] = usable
        elif case.person.protection is not Protection.NONE and shows_name(
            account.login, record.given_name, record.surname
        ):
            nameless[case.person_id] = record
    made = batch.desk.make_logins(batch.uow.provisioning.names, nameless, now=batch.occasion.now, known=True)
    return {**logins, **made}


def _readdress(batch: Batch, cases: Sequence[_Case]) -> set[PersonId]:
    """Give a new primary address to whoever has another name, or has none and is active.

    The old one becomes an alias. Only when somebody's details become protected is it cut, since it says that
    the name still works here; it stays theirs all the same.
    """
    desk, rows, now = batch.desk, batch.uow.provisioning, batch.occasion.now
    wanting = [case for case in cases if _wants_address(batch, case)]
    if not wanting or not desk.mail.name:
        return set()
    hiding = {
        c.person_id for c in wanting if _becomes_protected(c) and not desk.mail.rules.keep_revealing_alias
    }
    others = {case.person_id for case in wanting} - hiding
    rows.population.retire_addresses(desk.mail.name, hiding, now, cut=True)
    rows.population.retire_addresses(desk.mail.name, others, now, cut=False)
    persons = [case.person for case in wanting]
    rows.population.add_addresses(desk.give_addresses(rows.names, persons, now=now, known=True), now)
    return hiding | others


def _wants_address(batch: Batch, case: _Case) -> bool:
    if case.record is None or case.own_account is None:
        return False
    if case.state.address is None:
        return case.active
    return batch.desk.series(case.person) != batch.desk.series(case.state.person)


def _becomes_protected(case: _Case) -> bool:
    return case.person.protection is not Protection.NONE and case.state.person.protection is Protection.NONE


def _store_facts(batch: Batch, cases: Sequence[_Case]) -> None:
    rows, now = batch.uow.provisioning, batch.occasion.now
    told = [(case, case.record) for case in cases if case.record is not None]
    units = batch.unit_ids(record for _, record in told)
    employments = [one for case, record in told for one in employments_of(record, case.person_id, units)]
    rows.population.replace_employments(batch.source, [case.person_id for case, _ in told], employments)
    silent = [case for case in cases if case.record is None]
    rows.population.end_employments(batch.source, [case.person_id for case in silent], now)
    entries = [entry_of(record, case.person_id, active=case.active) for case, record in told]
    entries += [replace(case.entry, active=case.active, ends_at=None) for case in silent]
    rows.entries.replace(batch.source, entries, now)


def _record_change(batch: Batch, case: _Case, fields: Sequence[str], *, readdressed: bool) -> None:
    names = list(dict.fromkeys([*(change.field for change in case.line.changes), *fields]))
    if case.record is None:
        names = []
    if readdressed:
        names.append("address")
    account = case.state.account
    if names:
        subject = account.id if account is not None else case.person_id
        batch.record(AccountChanged(subject=subject, object=batch.source, fields=names))


def _settle_state(batch: Batch, case: _Case) -> None:
    """Disable or enable; in the transaction of the entry that says so."""
    account = case.own_account
    if account is None:
        return
    if isinstance(case.line, Leaver):
        disable(batch.uow, account.id, INACTIVE[case.line.reason], batch.occasion, by=BY_SYNCHRONISATION)
    elif isinstance(case.line, Returned) and batch.uow.provisioning.population.enable(
        account.id, BY_SYNCHRONISATION
    ):
        batch.record(AccountEnabled(subject=account.id, reason="active in the directory again"))
