"""Connecting a system over OpenID Connect, its policy with a preview, the change of a secret with overlap."""

import base64
import json
import re
from dataclasses import replace

import pytest
from joserfc.jwk import ECKey
from sqlalchemy import update

from idp.domain.handles import digest
from idp.oidc.clients import AuthMethod
from idp.oidc.store import OidcStore
from idp.oidc.store.clients import read_client, write_client
from idp.oidc.store.deliveries import LogoutDelivery, LogoutState
from idp.storage.tables import persons
from tests.pages.test_administration import administrator, records

pytestmark = pytest.mark.anyio

CONNECT = "/administration/oidc/connect"
NEW = {
    "name": "bygglov",
    "title": "Bygglov",
    "url": "https://bygglov.sundby.example/",
    "owner": "annsve",
    "redirect_uris": "https://bygglov.sundby.example/callback\r\n",
    "backchannel_logout_uri": "https://bygglov.sundby.example/logout",
    "method": "client_secret_basic",
    "scope_groups": "yes",
    "scope_profile": "yes",
    "scope_offline_access": "",
    "scope_unit": "",
    "scope_roles": "",
    "scope_email": "",
    "reason": "procured",
}


async def connected(visit, site):
    visitor = await administrator(visit)
    await visitor.goto(CONNECT)
    page = await visitor.send(CONNECT, **NEW)
    assert "annsve becomes its owner." in page.text
    assert "Nobody can use it until its policy says who." in page.text
    await visitor.send(CONNECT)
    return visitor, application(site, "bygglov")


def application(site, name):
    with site.database.read() as uow:
        return uow.catalogue.application(name)


def client(site, system):
    with site.database.read() as uow:
        return read_client(uow, system.id)


def secret_in(page) -> str:
    return re.search(r'class="secret"><code>([^<]+)', page.text).group(1)


async def test_a_system_is_connected_in_steps_and_lets_nobody_in(visit, site):
    visitor, system = await connected(visit, site)
    secret = secret_in(visitor.page)
    for value in ("/.well-known/openid-configuration", "bygglov", "/oauth2/token"):
        assert value in visitor.page.text
    stored = client(site, system)
    assert stored.has_secret(secret)
    assert stored.registration.scope == ("openid", "profile", "groups")
    assert not system.policy.audience.everyone
    assert records(site, "configuration.changed")[-1][1] == "procured"
    page = await visitor.goto(f"/administration/systems/{system.id}")
    assert "annsve" in page.text
    assert "0 can use it" in page.text
    # C7, F56: nobody reads a secret back.
    for path in (f"/administration/oidc/systems/{system.id}", f"/administration/systems/{system.id}"):
        assert secret not in (await visitor.goto(path)).text


async def test_what_cannot_be_connected_is_said_field_by_field(visit, site):
    visitor = await administrator(visit)
    for wrong, words in (
        ({"redirect_uris": "http://bygglov.sundby.example/callback"}, "expected an https URL"),
        ({"redirect_uris": ""}, "expected at least one address"),
        ({"name": "intranet"}, "Another system has this short name."),
        ({"name": "Bygg lov"}, "The short name begins with a letter"),
        ({"owner": "nobody"}, "Nobody has the owner's user name."),
        ({"owner": "evaber"}, "Nobody gives or takes their own role."),
        ({"method": "private_key_jwt", "jwks": "{"}, "a JWK Set that can be read"),
        ({"reason": " "}, "Give a reason."),
    ):
        await visitor.goto(CONNECT)
        page = await visitor.send(CONNECT, **NEW | wrong)
        assert page.status_code == 422
        assert words in visitor.problem.replace("&#39;", "'"), wrong
    assert application(site, "bygglov") is None


async def test_C8_connecting_takes_fresh_proof_and_nobody_else_may(visit, site):
    visitor = await administrator(visit)
    site.age_proofs("evaber")
    page = await visitor.goto(CONNECT)
    assert page.url.path == "/sign-in"
    other = visit()
    await other.sign_in("annsve", at="/administration/systems")
    assert (await other.goto(CONNECT)).status_code == 403


async def test_a_secret_is_changed_with_both_good_in_between(visit, site):
    visitor, system = await connected(visit, site)
    old, here = secret_in(visitor.page), f"/administration/oidc/systems/{system.id}"
    await visitor.goto(here)
    await visitor.send_first(f"{here}/credentials", step="new_secret", reason="yearly")
    new = secret_in(visitor.page)
    assert client(site, system).has_secret(old)
    assert client(site, system).has_secret(new)
    assert "Two secrets are good" in (await visitor.goto(here)).text
    await visitor.send_first(f"{here}/credentials", step="new_secret", reason="again")
    assert visitor.problem == "A change is under way: end the old one first."
    await visitor.goto(here)
    await visitor.send_first(f"{here}/credentials", reason="done")
    assert not client(site, system).has_secret(old)
    assert client(site, system).has_secret(new)
    assert client(site, system).secret_digest == digest(new)


def key(name: str) -> dict:
    return {**ECKey.generate_key("P-256").as_dict(private=False), "kid": name}


async def test_a_key_is_changed_with_both_good_in_between(visit, site):
    visitor, system = await connected(visit, site)
    here, first, second = f"/administration/oidc/systems/{system.id}", key("one"), key("two")
    with site.database.write() as uow:
        keyed = replace(
            client(site, system).registration,
            token_endpoint_auth_method=AuthMethod.PRIVATE_KEY_JWT,
            jwks=json.dumps({"keys": [first]}),
        )
        write_client(uow, system.id, "bygglov", keyed)
    for pasted, words in (
        (json.dumps({**second, "d": base64.b64encode(b"x").decode()}), "it must be public"),
        (json.dumps(key("one")), "Each key needs a name of its own"),
        ("nonsense", "The key was not taken in"),
    ):
        await visitor.goto(here)
        await visitor.send_first(f"{here}/credentials", step="add_key", jwks=pasted, reason="rollover")
        assert words in visitor.problem
    await visitor.goto(here)
    page = await visitor.send_first(
        f"{here}/credentials", step="add_key", jwks=json.dumps(second), reason="rollover"
    )
    assert "Take out the key" in page.text
    await visitor.send_first(f"{here}/credentials", step="remove_key", kid="one", reason="done")
    (left,) = json.loads(client(site, system).registration.jwks)["keys"]
    assert left["kid"] == "two"
    await visitor.send_first(f"{here}/credentials", step="remove_key", kid="two", reason="all")
    assert json.loads(client(site, system).registration.jwks)["keys"] == [left]


async def test_what_a_system_is_told_and_how_sign_outs_went(visit, site):
    visitor, system = await connected(visit, site)
    here = f"/administration/oidc/systems/{system.id}"
    with site.database.write() as uow:
        now = site.now()
        OidcStore.of(uow).deliveries.keep(
            LogoutDelivery("s" * 32, system.id, LogoutState.FAILED, "answered 500", 3, now, now)
        )
    page = await visitor.goto(f"{here}?login=annsve")
    assert "Anna Svensson" in page.text
    assert "<dt><code>preferred_username" in page.text
    assert "answered 500" in page.text
    # The same rule of release as for what is really sent: nothing but who it is of a protected person.
    with site.database.write() as uow:
        person = site.residents["bojoha"].person_id
        uow.connection.execute(update(persons).where(persons.c.id == person).values(protection="marked"))
    page = await visitor.goto(f"{here}?login=bojoha")
    assert site.residents["bojoha"].account_id in page.text
    assert "Johansson" not in page.text
    assert "<dt><code>preferred_username" not in page.text


async def test_a_registration_is_changed_on_the_page(visit, site):
    visitor, system = await connected(visit, site)
    here = f"/administration/oidc/systems/{system.id}"
    await visitor.goto(here)
    fields = {name: NEW[name] for name in ("method", "scope_profile", "backchannel_logout_uri")}
    changed = fields | {"redirect_uris": "https://new.sundby.example/callback", "reason": "moved"}
    await visitor.send(f"{here}/registration", **changed)
    assert client(site, system).registration.redirect_uris == ("https://new.sundby.example/callback",)
    page = await visitor.send(f"{here}/registration", **changed | {"redirect_uris": "ftp://x"})
    assert page.status_code == 422
    assert "expected an https URL" in visitor.problem


POLICY = {
    "audience": "listed",
    "groups": "",
    "units": "",
    "networks": "",
    "assurance": "one_factor",
    "assurance_on": "",
    "session_hours": "8",
    "age_hours": "",
    "trusted_days": "",
    "weaker_text_message": "yes",
    "reason": "open to all",
}


async def test_a_policy_says_whom_it_reaches_before_it_is_changed(visit, site):
    visitor, system = await connected(visit, site)
    here = f"/administration/systems/{system.id}/policy"
    await visitor.goto(here)
    page = await visitor.send(here, **POLICY | {"audience": "everyone"})
    assert "0 can use it today, 5 can afterwards." in page.text
    assert "Bo Johansson (bojoha)" in page.text
    await visitor.send(here)
    assert application(site, "bygglov").policy.audience.everyone
    assert application(site, "bygglov").policy.version == 2
    await visitor.goto(here)
    page = await visitor.send(here, **POLICY)
    assert "Who cannot use it any more: 5" in page.text
    # C9: somebody changed it while this page was read.
    stale = {"version": "1", "step": "confirm"}
    page = await visitor.send(here, **stale)
    assert visitor.problem.startswith("Somebody else changed it")
    for wrong, words in (({"groups": "ghosts"}, "ghosts"), ({"session_hours": "0"}, "not a number")):
        await visitor.goto(here)
        await visitor.send(here, **POLICY | wrong)
        assert words in visitor.problem


async def test_C6_a_system_is_closed_and_opened_and_nothing_is_lost(visit, site):
    visitor, system = await connected(visit, site)
    here = f"/administration/systems/{system.id}"
    before = client(site, system)
    for enabled, reason in ((False, "trouble"), (True, "mended")):
        await visitor.goto(here)
        await visitor.send(f"{here}/enabled", reason=reason)
        assert application(site, "bygglov").enabled is enabled
    assert client(site, system) == before
