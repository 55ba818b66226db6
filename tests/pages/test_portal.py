"""One's own pages: systems, sessions, factors, password, and the way out. Statements B3, S13, S18, W7, S10."""

import re

import pyotp
import pytest

from tests.support.sample_site import NEW_PASSWORD, PASSWORD, TOWN_HALL

pytestmark = pytest.mark.anyio


async def test_my_systems_are_just_those_that_one_may_use_from_here(visit):
    outside, inside = visit(language="sv"), visit(TOWN_HALL, language="sv")
    await outside.sign_in("annsve", code=False)
    await inside.sign_in("bojoha", code=False)
    assert "Intranätet" in outside.page.text
    assert "Lönesystemet" not in outside.page.text
    assert "Lönesystemet" in inside.page.text
    assert "Hej, Anna Svensson" in outside.page.text
    assert "/administration" not in outside.page.text


async def test_nobody_sees_a_page_without_signing_in(visit):
    for path in ("/", "/sessions", "/security", "/administration", "/administration/people"):
        page = await visit().goto(path)
        assert page.url.path == "/sign-in"


async def test_a_sign_in_begun_by_a_page_leads_back_to_it(visit):
    visitor = visit()
    await visitor.sign_in("annsve", at="/sessions", code=False)
    assert visitor.page.url.path == "/sessions"


async def test_own_sessions_are_listed_and_each_can_be_ended(visit, site):
    visitor = visit()
    await visitor.sign_in("annsve", code=False)
    other = site.session_elsewhere("annsve")
    page = await visitor.goto("/sessions")
    assert "Safari on iPhone" in page.text
    assert "This browser" in page.text
    await visitor.send("/sessions/end", session=other)
    assert "iPhone" not in visitor.page.text
    assert [session.id for session in site.living_sessions("annsve")] != [other]


async def test_nobody_ends_somebody_elses_session(visit, site):
    theirs = site.session_elsewhere("bojoha")
    site.session_elsewhere("annsve")
    visitor = visit()
    await visitor.sign_in("annsve", code=False)
    await visitor.goto("/sessions")
    await visitor.send("/sessions/end", session=theirs)
    assert [session.id for session in site.living_sessions("bojoha")] == [theirs]


async def test_all_other_sessions_end_at_once(visit, site):
    visitor, elsewhere = visit(), visit()
    await elsewhere.sign_in("annsve", code=False)
    site.session_elsewhere("annsve")
    await visitor.sign_in("annsve", code=False)
    await visitor.goto("/sessions")
    await visitor.send("/sessions/end-others")
    assert len(site.living_sessions("annsve")) == 1
    assert (await elsewhere.goto("/")).url.path == "/sign-in"
    assert (await visitor.goto("/")).url.path == "/"


async def test_signing_out_tells_which_systems_are_told_and_ends_the_session(visit, site):
    visitor = visit()
    await visitor.sign_in("annsve", code=False)
    handle = visitor.session
    site.take_part("annsve", "intranet", "e-service")
    await visitor.goto("/")
    page = await visitor.send("/sign-out")
    assert visitor.heading == "You are signed out"
    assert "The intranet" in page.text
    assert "The e-service portal" in page.text
    assert "Anna Svensson" not in page.text
    assert visitor.session is None
    assert page.headers["cache-control"] == "no-store"
    visitor.http.cookies.set("__Host-portvakt_session", handle, domain="id.sundby.example")
    assert (await visitor.goto("/")).url.path == "/sign-in"
    assert site.living_sessions("annsve") == []


async def test_B1_a_link_signs_nobody_out(visit, site):
    visitor = visit()
    await visitor.sign_in("annsve", code=False)
    await visitor.goto("/sign-out")
    assert visitor.heading == "Do you want to sign out?"
    await visitor.http.post("/sign-out", data={})
    assert len(site.living_sessions("annsve")) == 1
    await visitor.send("/sign-out")
    await visitor.goto("/sign-out")
    assert visitor.heading == "You are signed out"


async def test_W7_factors_are_changed_after_two_fresh_proofs_only(visit, site):
    visitor = visit()
    await visitor.sign_in("annsve", code=False)
    page = await visitor.goto("/security")
    assert "Connect an app" not in page.text
    assert "Confirm that it is me" in page.text
    token = site.kit.csrf.token(
        "/security/recovery-codes", visitor.http.cookies["__Host-portvakt_browser"], visitor.session
    )
    answer = await visitor.http.post("/security/recovery-codes", data={"csrf": token})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?journey=")
    await visitor.send("/security/confirm")
    assert visitor.heading == "Confirm with a code"
    await visitor.send("/sign-in/code", code=site.totp("annsve"))
    assert visitor.page.url.path == "/security"
    assert "Connect an app" in visitor.page.text


async def test_S18_W7_an_app_is_added_and_removed_and_other_sessions_end(visit, site):
    visitor = visit()
    await visitor.sign_in("annsve", at="/open/strict")
    site.session_elsewhere("annsve")
    await visitor.goto("/security")
    await visitor.send("/security/authenticators")
    secret = re.search(r'class="secret"><code>([A-Z2-7 ]+)</code>', visitor.page.text).group(1)
    await visitor.send("/security/authenticators/code", code="1")
    assert visitor.problem == "The code is not complete, or has a character that codes do not have."
    assert secret in visitor.page.text
    assert len(site.living_sessions("annsve")) == 2
    await visitor.send("/security/authenticators/code", code=pyotp.TOTP(secret.replace(" ", "")).now())
    assert visitor.page.text.count('action="/security/authenticators/remove"') == 2
    assert len(site.living_sessions("annsve")) == 1
    await visitor.send_first("/security/authenticators/remove")
    assert visitor.page.text.count('action="/security/authenticators/remove"') == 1


async def test_recovery_codes_are_made_anew_and_shown_once(visit):
    visitor = visit()
    await visitor.sign_in("annsve", at="/open/strict")
    await visitor.goto("/security")
    await visitor.send("/security/recovery-codes")
    codes = re.findall(r"<li><code>([A-Z0-9-]+)</code></li>", visitor.page.text)
    assert len(codes) == 10
    page = await visitor.goto("/security")
    assert "10 codes are left." in page.text
    assert codes[0] not in page.text


async def test_S18_a_local_password_is_changed_with_the_old_one_and_other_sessions_end(visit, site):
    site.make_local("annsve")
    visitor = visit()
    await visitor.sign_in("annsve", code=False)
    site.session_elsewhere("annsve")
    new = {"new__password": NEW_PASSWORD, "new__password__again": NEW_PASSWORD}
    await visitor.goto("/security")
    page = await visitor.send("/security/password", password="wrong", **new)
    assert (page.status_code, visitor.problem) == (
        422,
        "The details are not right. Check them and try again.",
    )
    short = {"new__password": "kort", "new__password__again": "kort"}
    await visitor.send("/security/password", password=PASSWORD, **short)
    assert "at least 8" in visitor.problem
    assert len(site.living_sessions("annsve")) == 2
    await visitor.send("/security/password", password=PASSWORD, **new)
    assert "The password has been changed." in visitor.page.text
    assert len(site.living_sessions("annsve")) == 1
    again = visit()
    await again.sign_in("annsve", code=False)
    assert again.problem
    await again.send("/sign-in/password", username="annsve", password=NEW_PASSWORD)
    assert again.heading == "My systems"


async def test_a_directory_password_is_not_changed_here(visit):
    visitor = visit()
    await visitor.sign_in("annsve", code=False)
    assert "/security/password" not in (await visitor.goto("/security")).text
