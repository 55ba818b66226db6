"""What happens when the database does not answer or has no room: nothing, said plainly, and later all is well."""

import contextlib
import secrets
import socket

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from idp.domain.errors import Unavailable
from idp.domain.handles import new_id
from idp.domain.outbox import Message
from idp.storage.engine import make_engine
from idp.storage.schema import upgrade
from idp.storage.tables import outbox
from idp.storage.unit_of_work import SqlDatabase
from tests.support.place import START


class NoSealer:
    """Nothing here seals."""


def test_a_database_that_is_away_is_unavailable_for_everybody():
    with contextlib.closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        database = SqlDatabase(
            make_engine(f"postgresql+psycopg://u@127.0.0.1:{nobody.getsockname()[1]}/x"), NoSealer()
        )
        with pytest.raises(Unavailable, match="the database does not answer"), database.read():
            pytest.fail("a unit of work without a database")


def test_X8_a_full_disk_undoes_all_of_it_and_mends_itself(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'full.db'}")
    upgrade(engine)
    database = SqlDatabase(engine, NoSealer())

    def fill(uow):
        for _ in range(200):
            uow.outbox.add(Message("topic", {"what": secrets.token_hex(2000), "id": new_id()}), START)

    def fill_a_small_disk():
        with database.write() as uow:
            pages = uow.connection.exec_driver_sql("PRAGMA page_count").scalar()
            uow.connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
            fill(uow)

    with pytest.raises(Unavailable, match="full"):
        fill_a_small_disk()
    with database.write() as uow:
        assert uow.connection.execute(select(outbox.c.id)).first() is None
        uow.connection.exec_driver_sql("PRAGMA max_page_count=1000000")
        fill(uow)
    with database.read() as uow:
        assert uow.connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    engine.dispose()


def test_K4_what_a_statement_carried_is_not_in_the_exceptions_text(database_url):
    engine = make_engine(database_url)
    canary = "canary-of-a-statement"
    with engine.connect() as connection, pytest.raises(DBAPIError) as raised:
        connection.execute(select(outbox.c.id).where(outbox.c.topic == canary))
    assert canary not in str(raised.value)
    engine.dispose()
