"""Finding people by the first letters of what they are called, among those that somebody reaches.

A word that few have is looked up in `person_words`, and only who has it is looked at. Where every word is a common
one ("a"), people are gone through in the order in which they are shown, until a page is full: that is soon.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, exists, func, select, union
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from idp.domain.account import AccountState
from idp.domain.finding import words_of
from idp.domain.handles import AccountId, PersonId
from idp.domain.login import login_key
from idp.domain.person import Protection
from idp.domain.register import PersonLine
from idp.domain.roles import WHOLE, Scope
from idp.storage.reach import reached
from idp.storage.tables import accounts, person_search, person_words, persons

#: From this many on a word is a common one.
_COMMON = 5000
_OPEN = persons.c.protection == Protection.NONE.value
_LINE = (
    persons.c.id,
    persons.c.display_name,
    persons.c.protection,
    accounts.c.id.label("account_id"),
    accounts.c.login,
    accounts.c.state,
)


class SqlSearch:
    """The search over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(
        self,
        typed: str,
        most: int,
        within: Sequence[Scope],
        now: datetime,
        skip: int = 0,
        state: AccountState | None = None,
        *,
        descending: bool = False,
    ) -> list[PersonLine]:
        """Return whom every typed word is found in, by name; protected persons by whole login or number only."""
        words = words_of(typed)
        if not words:
            return []
        with_account = [] if state is None else [_has_account(state)]
        # Two look-ups by index; an OR over both tables would read every row.
        whole = person_search.c.person_id.in_(
            union(
                select(accounts.c.person_id).where(accounts.c.login_key == login_key(typed)),
                select(persons.c.id).where(persons.c.employee_number == typed.strip()),
            )
        )
        exactly = self._lines(whole, most, within, now, 0, *with_account) if len(words) == 1 else []
        # They come first, so they are no part of the rest: what a page leaves off the next one begins with.
        named = {line.person_id for line in exactly}
        conditions = [self._has(word) for word in words]
        if named:
            conditions.append(person_search.c.person_id.not_in(named))
        rarest = min(words, key=self._count)
        if self._count(rarest) < _COMMON or WHOLE not in within:
            # (a role over a unit: who belongs to it is few as well)
            conditions.append(
                person_search.c.person_id.in_(select(person_words.c.person_id).where(_begins(rarest)))
            )
        rest, before = most - len(named) if skip == 0 else most, max(0, skip - len(named))
        found = self._lines(
            and_(*conditions), rest, within, now, before, _OPEN, *with_account, descending=descending
        )
        return [*exactly, *found] if skip == 0 else found

    def _lines(
        self,
        condition: ColumnElement[bool],
        most: int,
        within: Sequence[Scope],
        now: datetime,
        skip: int,
        *open_to: ColumnElement[bool],
        descending: bool = False,
    ) -> list[PersonLine]:
        # The narrow table chooses whom; only these are then joined to what is shown.
        # Who they are is asked of each: a join would be free to begin with everybody there is.
        those = exists().where(persons.c.id == person_search.c.person_id, *open_to, reached(within, now))
        chosen = (
            select(person_search.c.person_id, person_search.c.sort)
            .where(condition, those)
            .order_by(*_by_name(person_search.c, descending=descending))
            .limit(most)
            .offset(skip)
            .subquery()
        )
        rows = self._connection.execute(
            select(*_LINE)
            .select_from(chosen.join(persons, persons.c.id == chosen.c.person_id))
            .outerjoin(accounts, accounts.c.person_id == persons.c.id)
            .order_by(*_by_name(chosen.c, descending=descending), accounts.c.login)
        ).mappings()
        return [_line(row) for row in rows]

    def _count(self, word: str) -> int:
        """Return how often a word begins so, as far as it matters."""
        some = select(person_words.c.person_id).where(_begins(word)).limit(_COMMON).subquery()
        return int(self._connection.execute(select(func.count()).select_from(some)).scalar_one())

    def _has(self, word: str) -> ColumnElement[bool]:
        # A plain search for the letters: no pattern that what is typed could be part of.
        if self._connection.dialect.name == "sqlite":
            return func.instr(person_search.c.folded, f" {word}") > 0
        return func.strpos(person_search.c.folded, f" {word}") > 0


def _by_name(columns: ReadOnlyColumnCollection[str, Any], *, descending: bool) -> list[ColumnElement[Any]]:
    # The index on `sort` is read either way; who are called the same stand in a settled order, so pages share nobody.
    return [one.desc() if descending else one.asc() for one in (columns.sort, columns.person_id)]


def _begins(word: str) -> ColumnElement[bool]:
    # Folded text is ASCII: everything that begins so sorts before the last of its characters.
    return and_(person_words.c.word >= word, person_words.c.word < f"{word}\x7f")


def _has_account(state: AccountState) -> ColumnElement[bool]:
    return exists().where(accounts.c.person_id == persons.c.id, accounts.c.state == state.value)


def _line(row: RowMapping | Any) -> PersonLine:
    shown = row["display_name"] if row["protection"] == Protection.NONE.value else "—"
    if row["account_id"] is None:
        return PersonLine(PersonId(row["id"]), shown)
    return PersonLine(
        PersonId(row["id"]), shown, AccountId(row["account_id"]), row["login"], AccountState(row["state"])
    )
