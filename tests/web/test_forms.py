"""Statements B1, B4, F90, O14, S9, S13: cookies, tokens of forms, what a form may hold, and the beat."""

import re

import pytest

from idp.web import cookies
from idp.web.beat import until_beat
from idp.web.csrf import Csrf
from idp.web.errors import FormRefused
from idp.web.forms import parsed
from tests.web.conftest import ISSUER

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def browser_with_token(client, action: str = "/act") -> dict[str, str]:
    return {"csrf": (await client.get("/token", params={"action": action})).text, "value": "v"}


async def test_B1_a_form_of_our_own_page_is_taken(site):
    async with site.client() as client:
        form = await browser_with_token(client)
        response = await client.post("/act", data=form)
        again = await client.post("/act", data=form, headers={"sec-fetch-site": "same-origin"})
        null = await client.post("/act", data=form, headers={"origin": "null"})
    assert [response.status_code, again.status_code, null.status_code] == [303, 303, 303]
    assert site.seen == ["v", "v", "v"]


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": ISSUER + ".evil.example"},
        {"origin": ISSUER.replace("https", "http")},
    ],
)
async def test_B1_a_form_from_elsewhere_is_refused_even_with_a_token(site, headers):
    async with site.client() as client:
        form = await browser_with_token(client)
        response = await client.post("/act", data=form, headers=headers)
    assert response.status_code == 403
    assert site.seen == []
    assert site.refusals() == [("cross_site_refused", response.headers["portvakt-reference"])]


async def test_B1_a_token_counts_only_in_its_browser_for_its_action_and_session(site):
    async with site.client() as mine, site.client() as theirs:
        form = await browser_with_token(mine)
        await browser_with_token(theirs)
        stolen = await theirs.post("/act", data=form)
        other_action = await mine.post("/other", data=form)
        none = await mine.post("/act", data={"value": "v"})
        await mine.get("/session")
        other_session = await mine.post("/act", data=form)
    assert {stolen.status_code, other_action.status_code, none.status_code, other_session.status_code} == {
        403
    }
    assert site.seen == []


async def test_B1_without_a_browser_cookie_no_token_counts(site):
    async with site.client() as client:
        form = await browser_with_token(client)
        client.cookies.clear()
        assert (await client.post("/act", data=form)).status_code == 403


def test_B1_the_forms_of_a_sign_in_outlive_a_session_that_begins_in_another_tab():
    csrf = Csrf(ISSUER, b"k" * 32)
    assert csrf.token("/sign-in/code", "b", None) == csrf.token("/sign-in/code", "b", "s")
    assert csrf.token("/sign-out", "b", None) != csrf.token("/sign-out", "b", "s")
    assert "kkkk" not in repr(csrf)


async def test_B4_cookies_are_host_bound_secure_and_out_of_scripts_reach(site):
    async with site.client() as client:
        browser = (await client.get("/browser")).headers["set-cookie"]
        session = (await client.get("/session")).headers["set-cookie"]
    for header, name in ((browser, cookies.BROWSER), (session, cookies.SESSION)):
        assert header.startswith(f"{name}=")
        parts = {part.strip() for part in header.split(";")[1:]}
        assert parts == {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"}
        assert name.startswith("__Host-")


async def test_B4_a_browser_keeps_its_cookie_and_a_forged_or_doubled_one_is_none(site):
    async with site.client() as client:
        first = await client.get("/browser")
        second = await client.get("/browser")
        assert first.text == second.text
        assert first.text.startswith("True ")
        assert "set-cookie" not in second.headers
        client.cookies.clear()
        for forged in (
            f"{cookies.BROWSER}=short",
            f"{cookies.BROWSER}={'a' * 43}; {cookies.BROWSER}={'b' * 43}",
        ):
            answer = await client.get("/browser", headers={"cookie": forged})
            assert re.search(rf"{cookies.BROWSER}=[\w-]{{43}};", answer.headers["set-cookie"])
            assert answer.text != first.text


@pytest.mark.parametrize(
    "body",
    [
        b"a=1&a=2",
        b"a=%ff",
        b"a=%00",
        b"\xff",
        b"&".join(b"f%d=" % n for n in range(65)),
        b"a&" * 1_000_000,
    ],
    ids=["doubled", "not-utf-8", "nul", "not-ascii", "65-fields", "a-million-fields"],
)
def test_F90_O14_a_form_is_bounded_and_says_each_thing_once(body):
    with pytest.raises(FormRefused):
        parsed(body)


def test_forms_keep_every_character_of_a_value():
    form = parsed(b"name=%C3%85ke+%2B+&empty=")
    assert form.text("name") == "Åke + "
    assert form.text("empty") == form.text("missing") == ""
    assert "Åke" not in repr(form)
    with pytest.raises(FormRefused):
        form.text("name", longest=3)


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/plain", "application/json", ""])
async def test_B1_only_an_ordinary_form_is_read(site, kind):
    async with site.client() as client:
        response = await client.post("/act", content=b"value=v", headers={"content-type": kind})
    assert response.status_code == 400
    assert site.seen == []


@pytest.mark.parametrize(
    ("elapsed", "wait"), [(0.0, 0.4), (0.1, 0.3), (0.399, 0.001), (0.4, 0.0), (0.401, 0.399), (1.0, 0.2)]
)
def test_S9_the_beat_is_the_next_multiple_of_400_milliseconds(elapsed, wait):
    assert until_beat(elapsed) == pytest.approx(wait, abs=1e-9)


async def test_the_occasion_tells_when_where_and_under_which_number(site):
    async with site.client() as client:
        response = await client.get("/occasion", headers={"user-agent": "x" * 500})
    seen = site.seen[0]
    assert seen.now == site.now
    assert seen.request_id == response.headers["portvakt-reference"]
    assert seen.user_agent == "x" * 200
    assert str(seen.address) == "192.0.2.7"
