"""N4: of each kind of source one synchronisation goes on at a time, and whoever comes second touches nothing."""

import pytest

from directory_sync import RunInProgress
from directory_sync.settings_file import directory_settings
from directory_sync.sources.profiles import PROFILES
from idp.jobs.leases import Leases
from idp.provisioning.directories import Directory
from idp.provisioning.synchronise import LEASE, synchronise
from idp.storage.leases import SqlLeases


@pytest.mark.parametrize("kind", [*sorted(PROFILES), "personnel_file"])
def test_N4_one_synchronisation_of_a_source_goes_on_at_a_time(town, tmp_path, kind):
    told = {
        "kind": kind,
        "name": "town",
        "url": "ldap://127.0.0.1:9",
        "base_dn": "o=x",
        "bind_dn": "cn=x",
        "bind_password": "x",
    }
    if kind == "personnel_file":
        columns = {"key": "K", "given_name": "G", "surname": "S"}
        told = {"kind": kind, "name": "town", "path": str(tmp_path / "none.csv"), "columns": columns}
    directory = Directory(directory_settings(told), town.mail)
    leases, other = Leases(SqlLeases(town.database)), Leases(SqlLeases(town.database))
    with other.hold("synchronise:town", LEASE), pytest.raises(RunInProgress):
        synchronise(town.database, leases, directory, town.occasion)
    # And when that one is done, it is the next one's turn: here it finds nothing to read.
    assert synchronise(town.database, leases, directory, town.occasion).outcome.value == "unreadable"
