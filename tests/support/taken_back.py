"""A directory of the sample site with runs that can be taken back: made as runs are made, on the site's database."""

from datetime import timedelta

from sqlalchemy import select

from idp.provisioning.name_desk import MailDomain
from idp.storage.tables import sync_runs
from tests.provisioning.personnel import configure
from tests.provisioning.town import SOURCE, Town, group, record
from tests.support.sample_site import SampleSite


class SiteTown(Town):
    """The town's directory over the site's own database; a day ago nothing had been read yet."""

    def __init__(self, site: SampleSite) -> None:
        self.database = site.database
        self.mail = MailDomain("sundby.example")
        self.now = site.now() - timedelta(days=1)
        self.units, self.groups = [], []

    def newest(self) -> str:
        """The run that began last."""
        return self.rows(select(sync_runs.c.id).order_by(sync_runs.c.started_at.desc()))[0].id

    def account_id(self, key: str) -> str:
        return self.account(key).id


def changed_town(site: SampleSite) -> SiteTown:
    """Of three known people one was renamed, one locked, one has gone; one has come, and left a group."""
    configure(site.database, SOURCE)
    town = SiteTown(site)
    town.groups = [group("staff", "anna", "bo")]
    town.synchronise(record("anna", "Anna Berg"), record("bo", "Bo Ek"), record("cia", "Cia Alm"))
    town.later(hours=1)
    town.groups = [group("staff", "anna", "dan")]
    town.synchronise(
        record("anna", "Anna Lind"), record("bo", "Bo Ek", disabled="locked"), record("dan", "Dan Ny")
    )
    town.later(hours=1)
    return town
