"""Migrations: they make just the tables that the program has, on both databases, once, and never backwards."""

import threading

import pytest
from sqlalchemy import inspect, text

from idp.domain.errors import ConfigurationError, Unavailable
from idp.storage import schema
from idp.storage.engine import make_engine
from idp.storage.migrations.comparison import all_metadata, differences


@pytest.fixture
def engine(database_url):
    """An engine on an empty database."""
    made = make_engine(database_url)
    yield made
    made.dispose()


def test_a_migrated_database_is_what_the_tables_say(engine):
    assert schema.upgrade(engine)
    with engine.connect() as connection, connection.begin():
        found = differences(connection)
    assert not found, (
        'the tables have changed: run `python -m idp.storage.migrations.new "what changes"`, or with --first '
        f"while no version has been released\n{found}"
    )


def test_the_comparison_sees_a_difference(engine):
    schema.upgrade(engine)
    with engine.connect() as connection, connection.begin():
        connection.execute(text("ALTER TABLE networks ADD COLUMN colour TEXT"))
        connection.execute(text("DROP TABLE configured_objects"))
        kinds = {found[0] for found in differences(connection)}
    assert kinds == {"remove_column", "add_table"}


def test_every_table_is_known_to_the_comparison():
    names = {name for metadata in all_metadata() for name in metadata.tables}
    assert {"accounts", "oidc_clients", "mfa_totps", "configured_objects"} <= names


def test_upgrading_twice_does_nothing(engine):
    assert schema.upgrade(engine)
    assert not schema.upgrade(engine)
    assert schema.current_revision(engine) == schema.expected_revision()
    schema.check(engine)


def test_the_row_that_everything_expects_is_there(engine):
    schema.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT one, version FROM catalogue_version")).all() == [(1, 0)]


def test_an_empty_database_is_refused_with_what_to_do(engine):
    with pytest.raises(ConfigurationError, match="portvakt upgrade"):
        schema.check(engine)


def test_a_newer_database_is_refused_and_left_as_it_is(engine):
    schema.upgrade(engine)
    with engine.connect() as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refuse in (schema.check, schema.upgrade):
        with pytest.raises(ConfigurationError, match=f"9999, newer than the {schema.expected_revision()}"):
            refuse(engine)
    assert schema.current_revision(engine) == "9999"


def test_an_older_database_is_refused_until_it_is_upgraded(engine):
    schema.upgrade(engine)
    with engine.connect() as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(ConfigurationError, match=f"is 0000, this program needs {schema.expected_revision()}"):
        schema.check(engine)


def test_nodes_that_start_at_once_take_turns(database_url):
    outcomes: list[bool] = []
    faults: list[Exception] = []
    start = threading.Barrier(3)

    def node() -> None:
        engine = make_engine(database_url)
        try:
            start.wait(timeout=20)
            outcomes.append(schema.upgrade(engine))
        except Exception as error:  # noqa: BLE001 - looked at below
            faults.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=node) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not faults
    assert sorted(outcomes) == [False, False, True]


def test_a_failed_migration_leaves_nothing_behind(engine, monkeypatch):
    def fail(_connection):
        raise RuntimeError("power failure")

    monkeypatch.setattr(schema, "_seed", fail)
    with pytest.raises(RuntimeError, match="power failure"):
        schema.upgrade(engine)
    assert inspect(engine).get_table_names() == []
    monkeypatch.undo()
    assert schema.upgrade(engine)


def test_a_database_that_is_away_is_said_in_one_line():
    engine = make_engine("postgresql+psycopg://u:canary@127.0.0.1:1/none")
    with pytest.raises(Unavailable) as raised:
        schema.current_revision(engine)
    assert "\n" not in str(raised.value)
    assert "canary" not in str(raised.value)


def test_down_and_up_again(engine):
    """What upgrade makes, downgrade takes away: a revision that cannot be undone is noticed before release."""
    from alembic import command

    from idp.storage.migrations.alembic_config import alembic_config

    schema.upgrade(engine)
    with engine.connect() as connection, connection.begin():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        command.downgrade(alembic_config(connection), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    with engine.connect() as connection, connection.begin():
        connection.execute(text("DROP TABLE alembic_version"))
    assert schema.upgrade(engine)
