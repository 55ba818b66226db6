"""A directory of the sample site with runs that can be taken back: made as runs are made, on the site's database."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from directory_sync import PersonRecord, Plan
from directory_sync.reading import Reading
from idp.domain.account import Account
from idp.provisioning.name_desk import MailDomain
from idp.provisioning.sink import DatabaseSink
from idp.storage.tables import sync_runs
from tests.provisioning.personnel import configure
from tests.provisioning.town import SOURCE, Town, group, record
from tests.support.sample_site import SampleSite


class SiteTown(Town):
    """A directory over the site's own database; a day ago nothing had been read yet.

    With a `suffix` it is one of several: its name, its people and their user names end in it.
    """

    def __init__(self, site: SampleSite, suffix: str = "") -> None:
        self.database = site.database
        self.mail = MailDomain("sundby.example")
        self.source, self.suffix = SOURCE + suffix, suffix
        self.now = site.now() - timedelta(days=1)
        self.units, self.groups = [], []

    def plan(
        self,
        records: Iterable[PersonRecord],
        source: str = "",  # noqa: ARG002 - a town's method, and this one has one source
        reading: Reading | None = None,
    ) -> tuple[DatabaseSink, Plan]:
        own = [
            replace(one, source=self.source, key=one.key + self.suffix, login=(one.login or "") + self.suffix)
            for one in records
        ]
        return super().plan(own, self.source, reading)

    def staff(self, *members: str) -> None:
        """Let just these be the members of the one group."""
        keys = [one + self.suffix for one in members]
        self.groups = [replace(group("staff", *keys), source=self.source)]

    def newest(self) -> str:
        """The run of this directory that began last."""
        runs = select(sync_runs.c.id).where(sync_runs.c.source == self.source)
        return self.rows(runs.order_by(sync_runs.c.started_at.desc()))[0].id

    def account(self, key: str, source: str = "") -> Account:
        return super().account(key + self.suffix, source or self.source)


def changed_town(site: SampleSite, suffix: str = "") -> SiteTown:
    """Of three known people one was renamed, one locked, one has gone; one has come, and taken a place in a group."""
    town = SiteTown(site, suffix)
    configure(site.database, town.source)
    town.staff("anna", "bo")
    town.synchronise(record("anna", "Anna Berg"), record("bo", "Bo Ek"), record("cia", "Cia Alm"))
    town.later(hours=1)
    town.staff("anna", "dan")
    town.synchronise(
        record("anna", "Anna Lind"), record("bo", "Bo Ek", disabled="locked"), record("dan", "Dan Ny")
    )
    town.later(hours=1)
    return town
