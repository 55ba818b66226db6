"""Passkeys in Chromium with virtual authenticators: made in My security, alone at sign-in, and after a password."""

import pytest
from playwright.sync_api import Locator, expect, sync_playwright

from tests.support.chromium import launched
from tests.support.sample_site import OUTSIDE, free_port, make_site, populate, served
from tests.support.scenes import Stage
from tests.support.virtual_authenticator import plug_in


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright, launched(playwright) as opened:
        yield opened


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    port = free_port()
    built = make_site(tmp_path_factory.mktemp("site"), port)
    populate(built)
    with served(built.app, port):
        yield built


@pytest.fixture
def stage(browser, site):
    context = browser.new_context(locale="en-GB", extra_http_headers={"X-Forwarded-For": OUTSIDE})
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield Stage(page, site)
    context.close()


def see(shown: Locator) -> None:
    expect(shown).to_be_visible(timeout=20_000)


def make_passkey(stage: Stage) -> None:
    stage.goto("/security")
    stage.page.get_by_role("button", name="Make a passkey").click()
    stage.page.get_by_role("button", name="Make a passkey").click()
    see(stage.page.get_by_role("heading", name="My security"))


def sign_out(stage: Stage) -> None:
    stage.goto("/sign-out")
    stage.submit()
    see(stage.page.get_by_text("You are signed out"))


def methods(stage: Stage, login: str) -> set[str]:
    (session,) = stage.site.living_sessions(login)
    return {proof.method.value for proof in session.proofs}


def test_a_passkey_made_in_my_security_signs_in_alone(stage):
    key = plug_in(stage.page)
    login = stage.signed_in()
    make_passkey(stage)
    assert len(key.credentials()) == 1
    sign_out(stage)
    stage.without_offer()
    stage.goto("/open/strict")
    stage.page.get_by_role("button", name="Sign in with a passkey").click()
    see(stage.page.get_by_role("heading", name="My systems"))
    assert methods(stage, login) == {"passkey"}
    assert stage.page.complaints == []


def test_a_passkey_is_the_second_factor_after_a_password(stage):
    plug_in(stage.page)
    login = stage.signed_in()
    make_passkey(stage)
    sign_out(stage)
    stage.without_offer()
    stage.password(login, at="/open/strict")
    see(stage.page.get_by_role("heading", name="Confirm with your passkey"))
    stage.page.get_by_role("button", name="Use my passkey").click()
    see(stage.page.get_by_role("heading", name="My systems"))
    assert methods(stage, login) == {"password", "passkey"}


def test_without_a_user_name_the_first_field_offers_the_passkey(stage):
    """Conditional mediation: nothing is typed and nothing pressed; the authenticator answers at once."""
    plug_in(stage.page)
    login = stage.signed_in()
    make_passkey(stage)
    sign_out(stage)
    stage.goto("/open/strict")
    see(stage.page.get_by_role("heading", name="My systems"))
    assert methods(stage, login) == {"passkey"}


def test_W3_a_key_without_its_owners_pin_is_a_second_factor_only(stage):
    plug_in(
        stage.page, transport="usb", hasResidentKey=False, hasUserVerification=False, isUserVerified=False
    )
    login = stage.signed_in()
    make_passkey(stage)
    sign_out(stage)
    stage.without_offer()
    stage.password(login, at="/open/strict")
    see(stage.page.get_by_role("heading", name="Confirm with your passkey"))
    stage.page.get_by_role("button", name="Use my passkey").click()
    see(stage.page.get_by_role("heading", name="My systems"))
    assert methods(stage, login) == {"password", "security_key"}


def test_phishing_resistance_is_asked_for_and_a_passkey_bound_from_an_existing_factor(stage):
    plug_in(stage.page)
    login = stage.somebody(totp=True)
    stage.password(login, at="/open/resistant")
    stage.code(login)
    see(stage.page.get_by_role("heading", name="Set up a passkey"))
    stage.page.get_by_role("button", name="Make a passkey").click()
    see(stage.page.get_by_role("heading", name="Save your recovery codes"))
    stage.submit()
    see(stage.page.get_by_role("heading", name="My systems"))
    assert methods(stage, login) == {"password", "totp", "passkey"}


def test_the_other_ways_need_no_script(browser, site):
    context = browser.new_context(locale="en-GB", java_script_enabled=False)
    stage = Stage(context.new_page(), site)
    login = stage.signed_in()
    assert len(site.living_sessions(login)) == 1
    context.close()
