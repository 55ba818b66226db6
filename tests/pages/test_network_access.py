"""Network access in the administration: the servers, the dry run, a person's connections."""

import tomllib
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from idp.domain.handles import new_id
from idp.pages.devices import Device, device_of
from idp.radius.administration.registering import typed_of
from idp.radius.administration.vendors import PRODUCTS
from idp.radius.configuration import NasExtension
from idp.radius.credentials import Form
from idp.radius.nas import ReplyRule, Signing
from idp.radius.store.access_servers import read_one
from idp.storage.tables import groups, persons
from tests.pages.test_administration import administrator, records
from tests.pages.test_connecting import secret_in
from tests.support.network_site import connect_vpn, connected

pytestmark = pytest.mark.anyio
DEPLOY = Path(__file__).parents[2] / "deploy"


async def test_R2_servers_are_listed_and_one_that_does_not_sign_is_warned_of(visit, site):
    vpn = connect_vpn(site)
    visitor = await administrator(visit)
    page = await visitor.goto("/administration/network-access")
    assert f"/administration/network-access/{vpn}" in page.text
    assert "can be altered on the way" in page.text
    assert "9b1f2c7d3e5a60488f1b" not in page.text


async def test_the_dry_run_shows_what_a_person_would_be_answered(visit, site):
    vpn = connect_vpn(site)
    visitor = await administrator(visit)
    page = await visitor.goto(f"/administration/network-access/{vpn}?person=annsve")
    for words in ("Access-Accept", "OU=staff;", "Filter-Id", "annsve", "Ange koden från din app."):
        assert words in page.text
    page = await visitor.goto(f"/administration/network-access/{vpn}?person=bojoha")
    assert "Access-Reject" in page.text
    page = await visitor.goto(f"/administration/network-access/{vpn}?person=nobody")
    assert (page.status_code, "Nobody whom you may see" in page.text) == (422, True)


async def test_a_persons_connections_stand_on_their_page_with_how_they_ended(visit, site):
    connected(site, "annsve")
    visitor = await administrator(visit)
    here = f"/administration/people/{site.residents['annsve'].person_id}"
    for path in (here, f"{here}/connections"):
        page = await visitor.goto(path)
        for words in ("198.51.100.7", "10.8.0.6", "10.8.0.7", "ended from here"):
            assert words in page.text, path
        assert page.text.count("When the sign-in ended") == 1  # nothing is said of the living one


async def test_who_had_an_address_at_a_moment_is_found(visit, site):
    connected(site, "annsve")
    visitor = await administrator(visit)
    here = "/administration/network-access"
    assert "annsve" in (await visitor.goto(f"{here}?address=10.8.0.6")).text
    page = await visitor.goto(f"{here}?address=10.8.0.7")
    assert ("Nobody had it then." in page.text, "annsve" in page.text) == (True, False)
    local = (site.now() - timedelta(hours=2)).astimezone(site.kit.rendering.timezone)
    assert "annsve" in (await visitor.goto(f"{here}?address=10.8.0.7&at={local:%Y-%m-%dT%H:%M}")).text
    for typed in ("home", "10.8.0.6&at=yesterday"):
        assert (await visitor.goto(f"{here}?address={typed}")).status_code == 200


async def test_where_a_protected_person_was_is_shown_to_nobody_before_the_record_is_opened(visit, site):
    connected(site, "annsve")
    person = site.residents["annsve"].person_id
    with site.database.write() as uow:
        uow.connection.execute(update(persons).where(persons.c.id == person).values(protection="marked"))
    visitor = await administrator(visit)
    here = f"/administration/people/{person}"
    assert "198.51.100.7" not in (await visitor.goto(here)).text
    assert (await visitor.goto(f"{here}/connections")).status_code == 404
    page = await visitor.goto(f"/administration/network-access/{connect_vpn(site)}")
    assert "Connected since" in page.text
    for told in ("198.51.100.7", "10.8.0.6", "annsve"):
        assert told not in page.text


async def test_who_has_no_role_sees_none_of_it(visit, site):
    vpn = connect_vpn(site)
    visitor = visit()
    await visitor.sign_in("annsve", at="/open/strict")
    person = site.residents["annsve"].person_id
    for path in (
        "/administration/network-access",
        f"/administration/network-access/{vpn}",
        f"/administration/people/{person}/connections",
    ):
        assert (await visitor.goto(path)).status_code == 403


def test_a_sign_in_over_radius_is_called_by_its_system():
    assert device_of("RADIUS Distansarbete") == Device("Distansarbete", "")


CONNECT = "/administration/network-access/connect"
NEW = {
    "name": "fjarr",
    "title": "Fjärråtkomst",
    "owner": "annsve",
    "reason": "procured",
    **typed_of(replace(PRODUCTS["fortinet"].settings, networks=(ip_network("192.0.2.77/32"),))),
}


def server(site, name="fjarr"):
    with site.database.read() as uow:
        found = uow.catalogue.application(name)
        return found and read_one(uow, found.id)


async def connected_server(visit, site):
    visitor = await administrator(visit)
    page = await visitor.goto(f"{CONNECT}?like=fortinet")
    assert "Fortinet-Group-Name = staff</textarea>" in page.text
    page = await visitor.send(CONNECT, **NEW)
    for words in (
        "annsve becomes its owner.",
        "192.0.2.77/32",
        "A secret is made and shown once.",
        "Nobody can use it",
    ):
        assert words in page.text
    assert server(site) is None
    await visitor.send(CONNECT)
    return visitor, server(site), secret_in(visitor.page)


async def test_a_server_is_connected_in_steps_and_its_secret_shown_once(visit, site):
    visitor, nas, secret = await connected_server(visit, site)
    assert nas.secrets == (secret.encode(),)
    assert len(secret) >= 24
    assert nas.settings.replies == (ReplyRule("Fortinet-Group-Name", "staff"),)
    assert nas.settings.message_authenticator is Signing.REQUIRED
    here = f"/administration/network-access/{nas.application_id}"
    for path in (here, f"{here}/settings", f"/administration/systems/{nas.application_id}"):
        page = await visitor.goto(path)
        assert (page.status_code, secret in page.text) == (200, False), path
    with site.database.read() as uow:
        assert not uow.catalogue.applications[nas.application_id].policy.audience.everyone
    assert f"{here}/settings" in (await visitor.goto(here)).text


async def test_R7_a_secret_is_changed_with_both_good_in_between(visit, site):
    visitor, nas, old = await connected_server(visit, site)
    here = f"/administration/network-access/{nas.application_id}"
    await visitor.goto(f"{here}/settings")
    await visitor.send_first(f"{here}/secret", step="new_secret", reason="yearly")
    new = secret_in(visitor.page)
    assert server(site).secrets == (new.encode(), old.encode())
    await visitor.goto(f"{here}/settings")
    await visitor.send_first(f"{here}/secret", step="new_secret", reason="again")
    assert "A change is under way" in visitor.problem
    await visitor.goto(f"{here}/settings")
    await visitor.send_first(f"{here}/secret", step="end_old_secret", reason="done")
    assert server(site).secrets == (new.encode(),)
    assert [why for _, why in records(site, "configuration.changed")][-3:] == ["procured", "yearly", "done"]


async def test_what_a_server_is_like_is_changed_and_what_is_wrong_is_said(visit, site):
    visitor, nas, _ = await connected_server(visit, site)
    here = f"/administration/network-access/{nas.application_id}/settings"
    connect_vpn(site)
    for wrong, words in (
        ({"networks": "192.0.2.0/33"}, "an address or a network"),
        ({"networks": ""}, "where its packets come from"),
        ({"networks": "192.0.2.0/24", "unable": "yes"}, "one exact address"),
        ({"networks": "192.0.2.10/32"}, "Another server has the same address"),
        ({"disconnect_port": "99999"}, "a port, or 0 for none"),
        ({"replies": "Session-Timeout = long"}, "a value of the attribute's kind"),
        ({"replies": "Shoe-Size = 43"}, "an attribute that is known"),
        ({"replies": "Class = x [nobodies]"}, "There is no such group"),
        ({"texts": "greeting = hello"}, "with a name that is listed"),
        ({"form": "smoke"}, "one of what is listed"),
        ({"reason": " "}, "Give a reason."),
    ):
        await visitor.goto(here)
        page = await visitor.send_first(here, **{"reason": "moved"} | typed_of(nas.settings) | wrong)
        assert page.status_code == 422, wrong
        assert words in visitor.problem.replace("&#39;", "'"), wrong
    await visitor.goto(here)
    with site.database.write() as uow:
        uow.connection.execute(
            insert(groups).values(id=new_id(), source="ekvik", key="social", name="social")
        )
    rule = "Class = OU={login}; [social]"
    changes = {
        "form": "appended",
        "replies": rule,
        "texts": "ask_code = OTP?",
        "language": "en",
        "reason": "moved",
    }
    await visitor.send_first(here, **typed_of(nas.settings) | changes)
    changed = server(site).settings
    assert changed.form is Form.APPENDED
    assert changed.replies == (ReplyRule("Class", "OU={login};", "social"),)
    assert (changed.texts, changed.language) == ({"ask_code": "OTP?"}, "en")
    assert server(site).secrets == nas.secrets


async def test_C8_connecting_and_changing_take_fresh_proof_and_a_role(visit, site):
    visitor, nas, _ = await connected_server(visit, site)
    here = f"/administration/network-access/{nas.application_id}/settings"
    site.age_proofs("evaber")
    for path in (CONNECT, here):
        assert (await visitor.goto(path)).url.path == "/sign-in"
    other = visit()
    await other.sign_in("annsve", at="/open/strict")
    for path in (CONNECT, here):
        assert (await other.goto(path)).status_code == 403


def test_what_is_known_of_products_is_what_deploy_has():
    """A form that is filled in for a product describes it as the files do that the real clients are tested with."""
    folders = {"openvpn": "openvpn", "ocserv": "ocserv", "sshd": "pam-radius", "wireless": "freeradius"}
    for product, folder in folders.items():
        (application,) = tomllib.loads((DEPLOY / folder / "application.toml").read_text())[
            "applications"
        ].values()
        table = {**application["radius"], "shared_secret": "0123456789abcdef01234567"}
        parsed = NasExtension().parse(table, product).settings
        known = PRODUCTS[product].settings
        assert replace(parsed, networks=()) == known, product
