"""Many rows at once, and many keys at once: what is stored is what was given, and a fault is a fault of the whole.

PostgreSQL takes many rows by COPY, of whose end nothing is heard until the next statement; SQLite and a few rows go
another way, and all have to come to the same.
"""

import contextlib
import json

import pytest
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import IntegrityError

from idp.storage.among import among, texts
from idp.storage.bulk import BulkInsert, ignore, stretches
from idp.storage.engine import make_engine
from idp.storage.prepared import Prepared
from idp.storage.schema import upgrade
from idp.storage.tables import persons, structure_taken_back
from idp.storage.unit_of_work import SqlDatabase

MANY = 200
AWKWARD = [
    "",
    "a\tb",
    "a\nb",
    "a\\b",
    "\\N",
    "\\.",
    '"quoted", it\'s',
    "Ünïcödé 😀",
    "{not,an,array}",
    "null",
]


class NoSealer:
    """Nothing here seals."""


class Stop(Exception):
    """Ends a unit of work that is not to be kept."""


@pytest.fixture
def database(database_url):
    engine = make_engine(database_url)
    upgrade(engine)
    yield SqlDatabase(engine, NoSealer())
    engine.dispose()


@contextlib.contextmanager
def writing(database):
    with database.write() as uow:
        yield uow.connection


@contextlib.contextmanager
def reading(database):
    with database.read() as uow:
        yield uow.connection


def person(number, name="Anna"):
    return {
        "id": f"p{number:031d}",
        "given_name": name,
        "surname": "Ek",
        "display_name": name,
        "protection": "none",
        "employee_number": None,
        "language": None,
        "origins": json.dumps({"surname": ["ekvik", name, "sn"]}),
        "created_at": 1_795_000_000_000_000 + number,
    }


def stored(connection):
    return connection.execute(select(func.count()).select_from(persons)).scalar_one()


def refused_twin(connection):
    """Insert many, two of which have one key."""
    BulkInsert(persons).run(connection, [person(number) for number in (*range(MANY), 7)])


@pytest.mark.parametrize("times", [1, 30])
def test_every_value_comes_back_as_it_was_given(database, times):
    names = AWKWARD * times
    rows = [person(number, name) for number, name in enumerate(names)]
    marks = [
        {"source": "ekvik", "key": f"{number:04d}", "fingerprint": bytes([number % 256, 0, 9, 10, 92])}
        for number, _ in enumerate(names)
    ]
    with writing(database) as connection:
        assert BulkInsert(persons).run(connection, rows) == len(rows)
        assert BulkInsert(structure_taken_back).run(connection, marks) == len(marks)
    with reading(database) as connection:
        found = connection.execute(select(persons).order_by(persons.c.id)).all()
        kept = connection.execute(select(structure_taken_back).order_by(structure_taken_back.c.key)).all()
    assert [(row.given_name, row.origins["surname"][1], row.language) for row in found] == [
        (name, name, None) for name in names
    ]
    assert [bytes(row.fingerprint) for row in kept] == [mark["fingerprint"] for mark in marks]


@pytest.mark.parametrize("number", [2, MANY])
def test_rows_that_are_there_already_are_left_alone_and_not_counted(database, number):
    insert = BulkInsert(persons, ignore)
    with writing(database) as connection:
        insert.run(connection, [person(1, "First")])
        assert insert.run(connection, [person(one, "Later") for one in range(number)]) == number - 1
    with reading(database) as connection:
        first = select(persons.c.given_name).where(persons.c.id == person(1)["id"])
        assert connection.execute(first).scalar_one() == "First"


def test_a_row_that_may_not_be_undoes_all_rows_though_nothing_else_is_run(database):
    with pytest.raises(IntegrityError), writing(database) as connection:
        refused_twin(connection)
    with reading(database) as connection:
        assert stored(connection) == 0


def test_a_row_that_may_not_be_is_told_before_anything_else_is_read(database):
    def read_after_it():
        refused_twin(connection)
        stored(connection)

    with contextlib.suppress(Stop), writing(database) as connection:
        BulkInsert(persons).run(connection, [person(MANY + 1)])
        with pytest.raises(IntegrityError):
            read_after_it()
        raise Stop
    with reading(database) as connection:
        assert stored(connection) == 0


def test_a_row_that_may_not_be_stands_in_nobodys_way_once_it_is_rolled_back(database):
    with contextlib.suppress(Stop, IntegrityError), writing(database) as connection:
        refused_twin(connection)
        raise Stop
    with writing(database) as connection:
        BulkInsert(persons).run(connection, [person(number) for number in range(MANY)])
    with reading(database) as connection:
        assert stored(connection) == MANY


def test_one_insert_of_many_after_another_is_read_by_the_next_statement(database):
    with writing(database) as connection:
        for first in (0, MANY, 2 * MANY):
            BulkInsert(persons).run(connection, [person(first + number) for number in range(MANY)])
        assert stored(connection) == 3 * MANY


def test_many_keys_find_their_rows_and_no_others(database):
    keys = [f"{name}{number}" for number in range(MANY) for name in AWKWARD]
    rows = [{"source": "ekvik", "key": key, "fingerprint": b"f"} for key in dict.fromkeys(keys)]
    column = structure_taken_back.c.key
    query = select(column).where(structure_taken_back.c.source == bindparam("source"), among(column, "keys"))
    with writing(database) as connection:
        BulkInsert(structure_taken_back).run(connection, rows)
        for asked in ([], keys[3:4], keys[::2], [*keys, "nobody's"]):
            here = set(asked) - {"nobody's"}
            found = connection.execute(query, {"source": "ekvik", "keys": asked}).scalars().all()
            assert sorted(found) == sorted(here)
            prepared = Prepared(query).run(connection, source="ekvik", keys=texts(connection, asked))
            assert {row.key for row in prepared} == here
            assert connection.execute(query, {"source": "another", "keys": asked}).first() is None


def test_numbers_are_told_by_the_first_and_the_last_of_those_that_follow_each_other():
    assert list(stretches([])) == []
    assert list(stretches({7, 3, 2, 1, 9, 8})) == [(1, 3), (7, 9)]
    assert list(stretches([5])) == [(5, 5)]


def test_keys_are_looked_up_and_not_looked_for(database):
    """Not an assertion about speed: a scan would make each batch cost as much as the table is long."""
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has a plan for each value; `among` says how it is kept to the index")
    wanted = select(structure_taken_back.c.key).where(
        structure_taken_back.c.source == bindparam("source"), among(structure_taken_back.c.key, "keys")
    )
    with reading(database) as connection:
        sql = str(wanted.compile(dialect=connection.dialect))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("town", '["a"]')).all()
    assert any("(source=? AND key=?)" in row[-1] for row in plan), plan
