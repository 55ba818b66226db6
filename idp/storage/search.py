"""Finding people by a few letters of what they are called, among those that somebody reaches."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, select, union

from idp.domain.account import AccountState
from idp.domain.finding import words_of
from idp.domain.handles import AccountId, PersonId
from idp.domain.login import login_key
from idp.domain.person import Protection
from idp.domain.register import PersonLine
from idp.domain.roles import Scope
from idp.storage.reach import reached
from idp.storage.tables import accounts, person_search, persons

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
        self, typed: str, most: int, within: Sequence[Scope], now: datetime, skip: int = 0
    ) -> list[PersonLine]:
        """Return whom every typed word is found in, by name; protected persons by whole login or number only."""
        words = words_of(typed)
        if not words:
            return []
        # Two look-ups by index; an OR over both tables would read every row.
        whole = person_search.c.person_id.in_(
            union(
                select(accounts.c.person_id).where(accounts.c.login_key == login_key(typed)),
                select(persons.c.id).where(persons.c.employee_number == typed.strip()),
            )
        )
        exactly = self._lines(whole, most, within, now, 0) if skip == 0 and len(words) == 1 else []
        named = [line.person_id for line in exactly]
        found = self._lines(
            and_(_OPEN, *(self._has(word) for word in words)), most - len(exactly), within, now, skip
        )
        return [*exactly, *(line for line in found if line.person_id not in named)]

    def _lines(
        self, condition: ColumnElement[bool], most: int, within: Sequence[Scope], now: datetime, skip: int
    ) -> list[PersonLine]:
        # The narrow table chooses whom; only these are then joined to what is shown.
        chosen = (
            select(person_search.c.person_id, person_search.c.sort)
            .select_from(person_search.join(persons, persons.c.id == person_search.c.person_id))
            .where(condition, reached(within, now))
            .order_by(person_search.c.sort, person_search.c.person_id)
            .limit(most)
            .offset(skip)
            .subquery()
        )
        rows = self._connection.execute(
            select(*_LINE)
            .select_from(chosen.join(persons, persons.c.id == chosen.c.person_id))
            .outerjoin(accounts, accounts.c.person_id == persons.c.id)
            .order_by(chosen.c.sort, chosen.c.person_id, accounts.c.login)
        ).mappings()
        return [_line(row) for row in rows]

    def _has(self, word: str) -> ColumnElement[bool]:
        # A plain search for the letters: no pattern that what is typed could be part of.
        if self._connection.dialect.name == "sqlite":
            return func.instr(person_search.c.folded, word) > 0
        return func.strpos(person_search.c.folded, word) > 0


def _line(row: RowMapping | Any) -> PersonLine:
    shown = row["display_name"] if row["protection"] == Protection.NONE.value else "—"
    if row["account_id"] is None:
        return PersonLine(PersonId(row["id"]), shown)
    return PersonLine(
        PersonId(row["id"]), shown, AccountId(row["account_id"]), row["login"], AccountState(row["state"])
    )
