"""A network access server on the sample site, with somebody's connections: for tests of pages and for pictures."""

from datetime import timedelta
from ipaddress import ip_network

from idp.domain.application import Audience, Policy
from idp.domain.handles import ApplicationId, new_id
from idp.radius.nas import NasSettings, ReplyRule, Signing
from idp.radius.store import connections
from idp.radius.store.access_servers import write_secrets, write_settings
from idp.radius.store.connections import NetworkConnection
from tests.support.sample_site import SampleSite


def connect_vpn(site: SampleSite) -> ApplicationId:
    """Connect a VPN gateway that does not sign, once."""
    if "vpn" in site.systems:
        return site.systems["vpn"]
    titles = {"sv": "Distansarbete", "en": "Remote work"}
    identifier = site.add_system(
        "vpn", "VPN", Policy(Audience(everyone=True)), protocol="radius", titles=titles
    )
    settings = NasSettings(
        networks=(ip_network("192.0.2.10/32"),),
        message_authenticator=Signing.UNABLE,
        replies=(ReplyRule("Class", "OU=staff;"), ReplyRule("Filter-Id", "{login}")),
    )
    with site.database.write() as uow:
        write_settings(uow, identifier, settings)
        write_secrets(uow, identifier, "9b1f2c7d3e5a60488f1b", None)
    return identifier


def connected(site: SampleSite, login: str) -> None:
    """Give somebody a living connection and one that was cut."""
    now, person = site.now(), site.residents[login]
    for number, ended in enumerate((None, now - timedelta(hours=1))):
        one = NetworkConnection(
            id=new_id(), application_id=connect_vpn(site), server="192.0.2.10", server_name="vpn",
            server_session=f"{login}{number}", login=login, account_id=person.account_id,
            started_at=now - timedelta(hours=3 * (number + 1)), updated_at=now, address="198.51.100.7",
            framed_address=f"10.8.0.{6 + number}", ended_at=ended, ended_by="disconnected" if ended else "",
            disconnect_outcome="done" if ended else None,
        )  # fmt: skip
        with site.database.write() as uow:
            connections.add(uow, one)
