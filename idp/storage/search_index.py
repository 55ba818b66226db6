"""What people are found by, one folded row for each: kept by whoever writes persons, and healed by a job.

Within a unit of work writers `touch` whom they change; when it ends, few are indexed at once and many are
noted in `search_due` for the job, so that a synchronisation does not pay for it.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from idp.domain.finding import folded, tokens
from idp.domain.person import Protection
from idp.storage.bulk import BulkInsert, chunks, ignore
from idp.storage.columns import to_micros
from idp.storage.tables import (
    accounts,
    addresses,
    employments,
    person_search,
    person_words,
    persons,
    search_due,
    units,
)

_TOUCHED = "portvakt.touched_persons"
_AT_ONCE = 20
_BATCH = 500
_MOST_NOTED = 50_000
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
#: Names of units change without their people: every row is made anew now and then.
_STALE = timedelta(days=1)
_LONGEST = 2000
_ADD = BulkInsert(person_search)
_ADD_WORD = BulkInsert(person_words, ignore)
_ADD_DUE = BulkInsert(search_due, ignore)


def begin(connection: Connection) -> None:
    """Forget what an earlier transaction over this connection left."""
    connection.info.pop(_TOUCHED, None)


def touch(connection: Connection, people: Iterable[str]) -> None:
    """Note that these persons' names, accounts, addresses or employments change in this transaction."""
    connection.info.setdefault(_TOUCHED, set()).update(people)


def settle(connection: Connection) -> None:
    """Index those who were touched, or leave them to the job if they are many."""
    touched: set[str] = connection.info.pop(_TOUCHED, set())
    if len(touched) > _AT_ONCE:
        for chunk in chunks(sorted(touched)):
            _ADD_DUE.run(connection, [{"person_id": one} for one in chunk])
    elif touched:
        # When is not known here: the healing job makes these rows anew within a day or so.
        index(connection, touched, _LONG_AGO)


def index(connection: Connection, people: Collection[str], now: datetime) -> None:
    """Make the rows of these persons anew."""
    for chunk in chunks(sorted(people)):
        found = _facts(connection, chunk)
        open_to_search = set(
            connection.execute(
                select(persons.c.id).where(
                    persons.c.id.in_(chunk), persons.c.protection == Protection.NONE.value
                )
            ).scalars()
        )
        at = to_micros(now)
        _forget(connection, chunk)
        rows, words = [], []
        for person, (names, more) in found.items():
            text = _text(tokens(folded(" ".join(more))))
            sort = folded(f"{names[1]} {names[0]}")[:200]
            rows.append({"person_id": person, "sort": sort, "folded": text, "indexed_at": at})
            if person in open_to_search:
                words += [{"word": one, "person_id": person} for one in text.split()]
        _ADD.run(connection, rows)
        _ADD_WORD.run(connection, words)


def _text(found: Collection[str]) -> str:
    """Return tokens as one text, each begun by a space; what is too long loses its last ones."""
    text = "".join(f" {one}" for one in found)
    return text if len(text) <= _LONGEST else text[:_LONGEST].rpartition(" ")[0]


def _forget(connection: Connection, people: Collection[str]) -> None:
    """Remove the rows of these persons; which words they had, their old row says."""
    old = connection.execute(
        select(person_search.c.person_id, person_search.c.folded).where(person_search.c.person_id.in_(people))
    ).all()
    gone = [{"_word": word, "_person": row.person_id} for row in old for word in row.folded.split()]
    if gone:
        connection.execute(
            delete(person_words).where(
                person_words.c.word == bindparam("_word"), person_words.c.person_id == bindparam("_person")
            ),
            gone,
        )
    connection.execute(delete(person_search).where(person_search.c.person_id.in_(people)))


def index_due(connection: Connection, now: datetime) -> int:
    """Index a batch of those who wait; return how many."""
    due = connection.execute(select(search_due.c.person_id).limit(_BATCH)).scalars().all()
    if due:
        connection.execute(delete(search_due).where(search_due.c.person_id.in_(due)))
        index(connection, due, now)
    return len(due)


def heal(connection: Connection, now: datetime) -> int:
    """Index a batch of those who wait, or who have no row, or an old one; return how many.

    Who has none is looked for only when nobody waits: that goes through everybody.
    """
    done = index_due(connection, now)
    if done:
        return done
    missing = (
        select(persons.c.id)
        .outerjoin(person_search, person_search.c.person_id == persons.c.id)
        .where(person_search.c.person_id.is_(None))
        .limit(_MOST_NOTED)
    )
    old = (
        select(person_search.c.person_id)
        .where(person_search.c.indexed_at < now - _STALE)
        .order_by(person_search.c.indexed_at)
        .limit(_MOST_NOTED)
    )
    for those in (missing, old):
        connection.execute(insert(search_due).from_select(["person_id"], those))
        done = index_due(connection, now)
        if done:
            break
    return done


def _facts(connection: Connection, people: Collection[str]) -> dict[str, tuple[tuple[str, str], list[str]]]:
    found: dict[str, tuple[tuple[str, str], list[str]]] = {}
    rows: Any = connection.execute(
        select(
            persons.c.id,
            persons.c.given_name,
            persons.c.surname,
            persons.c.display_name,
            persons.c.employee_number,
        ).where(persons.c.id.in_(people))
    )
    for row in rows:
        words = [row.display_name, row.given_name, row.surname, row.employee_number or ""]
        found[row.id] = ((row.given_name, row.surname), words)
    sources = (
        select(accounts.c.person_id, accounts.c.login).where(accounts.c.person_id.in_(people)),
        select(addresses.c.person_id, addresses.c.address).where(
            addresses.c.person_id.in_(people), addresses.c.until.is_(None)
        ),
        select(employments.c.person_id, units.c.name + " " + units.c.code)
        .join(units, units.c.id == employments.c.unit_id)
        .where(employments.c.person_id.in_(people)),
    )
    for source in sources:
        for person, word in connection.execute(source):
            if person in found:
                found[person][1].append(word)
    return found
