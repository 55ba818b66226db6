"""Reading what is known already writes nothing to accounts: counted by the database, a real slapd on the other side."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.municipality.slapd import BASE_DN, Slapd
from directory_sync.run import Outcome
from directory_sync.watched import WatchState
from tests.directory_sync.town import TOWN, dn_of, loaded, person, settings_for
from tests.provisioning.followed import FollowedTown, eventually
from tests.provisioning.written import rows_written

A_RUNS_OWN = {"sync_runs": 1, "audit_records": 1}
"""The run's row and its record in the log; its lease, which may be prolonged, is counted apart."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Slapd]:
    # Among them who has left, who is protected, and whose number is another's and who waits for a human.
    gone, hidden = person("fia", employeeType="former"), person("gun", ekvikProtection="secrecy")
    alike = person("hans", employeeNumber="n-eva")
    entries = [*TOWN, gone, hidden, alike]
    made = loaded(tmp_path / "slapd", entries).start()
    yield made
    made.stop()


@pytest.fixture
def town(database_url: str, tmp_path: Path, server: Slapd) -> Iterator[FollowedTown]:
    made = FollowedTown(database_url, tmp_path, settings_for(server.url))
    yield made
    made.close()


def test_an_unchanged_reading_writes_its_own_row_and_nothing_else(town, server):
    assert town.read_all().outcome is Outcome.APPLIED
    with rows_written(town.database.engine) as written:
        report = town.read_all()
        assert (report.outcome, report.persons_read, len(list(report.conflicts))) == (Outcome.UNCHANGED, 8, 1)
        found = written()
        assert found.pop("leases") >= 2
        assert found == A_RUNS_OWN
    # And what is counted is counted: one surname is one entry, one reading of it, one person; nobody else's.
    server.modify(f"dn: {dn_of('anna')}\nchangetype: modify\nreplace: sn\nsn: Ek\n")
    with rows_written(town.database.engine) as written:
        assert town.read_all().applied["changed"] == 1
        found = written()
        assert (found["persons"], found["directory_entries"], found["accounts"]) == (1, 1, 0)


def test_a_dry_run_writes_not_even_a_row_of_its_own(town, server):
    town.read_all()
    server.modify(f"dn: {dn_of('anna')}\nchangetype: modify\nreplace: sn\nsn: Ek\n")
    with rows_written(town.database.engine) as written:
        assert town.read_all(dry_run=True).outcome is Outcome.PLANNED
        assert written() == {}


def test_following_what_does_not_concern_us_and_nothing_at_all_writes_to_no_account(town, server):
    with town.followed():
        eventually(lambda: town.watched().state is WatchState.FOLLOWING and town.watched().cookie)
        cookie = town.watched().cookie
        with rows_written(town.database.engine) as written:
            # An attribute that nothing is made of, and an entry that nobody asks about.
            server.modify(f"dn: {dn_of('bo')}\nchangetype: modify\nreplace: roomNumber\nroomNumber: 7\n")
            eventually(lambda: town.watched().cookie != cookie)
            server.modify(
                f"dn: ou=attic,{BASE_DN}\nchangetype: add\nobjectClass: organizationalUnit\nou: attic\n"
            )
            time.sleep(2.5)
            assert set(written()) <= {"directory_watches", "leases"}
