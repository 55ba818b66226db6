"""What is configured anew is followed anew, and one directory that cannot be used stops no other."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from directory_sync.settings_file import directory_settings
from directory_sync.sources.profiles import PROFILES
from directory_sync.watched import WatchState
from idp.domain.naming import DEFAULT_RULES
from idp.jobs.leases import Leases
from idp.provisioning.configured import Configured
from idp.provisioning.name_desk import MailDomain
from idp.provisioning.watching import Watcher
from idp.storage.catalogue_store import bind_password_purpose
from idp.storage.leases import SqlLeases
from idp.storage.tables import addresses, directories, leases
from tests.directory_sync.town import loaded, people, person, settings_for
from tests.provisioning.followed import FollowedTown, eventually

TABLE = {
    "url": "ldaps://directory.example", "base_dn": "dc=x", "bind_dn": "cn=x", "follow": {"enabled": True},
}  # fmt: skip


def configure(town, name: str, **changes: object) -> None:
    with town.database.write() as uow:
        sealed = uow.sealer.seal(b"a password", bind_password_purpose(name))
        row = {"name": name, "settings": {**TABLE, **changes}, "sealed_password": sealed, "mail_domain": ""}
        uow.connection.execute(directories.insert().values(row))


def test_a_directory_that_cannot_be_used_says_why_and_stops_no_other(town, tmp_path):
    authority = tmp_path / "authority.pem"
    configure(town, "school", ca_file=str(authority))
    configure(town, "staff")
    configure(town, "paper", follow={"enabled": False})
    told: list[str] = []
    held = Leases(SqlLeases(town.database))
    watcher = Watcher(town.database, held, lambda: datetime.now(UTC), lambda _at: town.occasion, "one")
    configured = Configured(watcher, "town.example", told.append)
    for _ in range(3):
        assert [(one.name, one.mail.name) for one in configured()] == [("staff", "town.example")]
    assert len(told) == 1, "said once"
    assert "ca_file" in told[0]
    with town.database.read() as uow:
        watched, _node = uow.provisioning.watches.get("school")
    assert watched.state is WatchState.WAITING
    assert str(authority) in watched.error
    authority.write_text("a certificate", encoding="utf-8")
    assert [one.name for one in configured()] == ["school", "staff"]


@pytest.mark.parametrize("kind", [*sorted(PROFILES), "personnel_file"])
def test_what_is_read_again_and_has_not_changed_is_the_same(kind):
    told = {"kind": kind, "name": "town", "bind_password": "x", **TABLE}
    if kind == "personnel_file":
        told = {"kind": kind, "name": "town", "path": "/x.csv", "columns": {"key": "K", "surname": "S"}}
    assert directory_settings(told) == directory_settings(told), "else following would begin anew each second"


def term(town: FollowedTown) -> int:
    ((found,),) = town.rows(select(leases.c.term).where(leases.c.name == "follow:town"))
    return found


def test_another_mail_domain_and_other_timeouts_hold_without_a_restart(database_url, tmp_path):
    with loaded(tmp_path / "slapd", people("anna")) as server:
        town = FollowedTown(
            database_url, tmp_path, settings_for(server.url, unit_filter=None, group_filter=None)
        )
        with town.followed():
            eventually(lambda: town.watched().state is WatchState.FOLLOWING and town.watched().cookie)
            town.directory = replace(town.directory, mail=MailDomain("other.example", DEFAULT_RULES))
            timeouts = replace(town.directory.settings.timeouts, silence=3.0)
            town.change(timeouts=timeouts)
            before = town.watched().full_at
            eventually(lambda: term(town) > 1, "another thread has taken the lease")
            lines = [line for line in person("ny").strip().split("\n") if not line.startswith("entryUUID")]
            server.modify("\n".join([lines[0], "changetype: add", *lines[1:]]) + "\n")
            eventually(lambda: ("ny.berg@other.example",) in town.rows(select(addresses.c.address)))
            assert town.watched().full_at == before, "and goes on by the cookie"
        town.close()
