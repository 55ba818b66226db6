"""Network access in the administration: the servers, the dry run, a person's connections."""

import pytest

from tests.support.network_site import connect_vpn, connected

pytestmark = pytest.mark.anyio


async def administrator(visit):
    visitor = visit()
    await visitor.sign_in("evaber", at="/administration")
    return visitor


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
    for words in ("Access-Accept", "OU=staff;", "Filter-Id", "annsve"):
        assert words in page.text
    page = await visitor.goto(f"/administration/network-access/{vpn}?person=bojoha")
    assert "Access-Reject" in page.text
    page = await visitor.goto(f"/administration/network-access/{vpn}?person=nobody")
    assert (page.status_code, "Nobody whom you may see" in page.text) == (422, True)


async def test_a_persons_connections_are_shown_with_how_they_ended(visit, site):
    connected(site, "annsve")
    visitor = await administrator(visit)
    person = site.residents["annsve"].person_id
    page = await visitor.goto(f"/administration/people/{person}")
    assert f"/administration/people/{person}/connections" in page.text
    page = await visitor.goto(f"/administration/people/{person}/connections")
    for words in ("198.51.100.7", "10.8.0.6", "10.8.0.7", "ended from here"):
        assert words in page.text


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
