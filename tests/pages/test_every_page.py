"""Every page in Chromium, in Swedish and English: WCAG 2.2 AA by axe, keyboard, narrow screens, nothing inline."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from tests.support.chromium import launched
from tests.support.sample_site import OUTSIDE, PASSWORD, free_port, make_site, populate, served
from tests.support.scenes import SCENES, Stage

LOCALES = {"sv": "sv-SE", "en": "en-GB"}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
INLINE = re.compile(
    r"<script(?![^>]*\ssrc=\"/static/)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)


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
def stage(browser, site, request):
    language = getattr(request, "param", "sv")
    context = browser.new_context(
        locale=LOCALES[language],
        extra_http_headers={"X-Forwarded-For": OUTSIDE},
        reduced_motion="reduce",
        viewport={"width": 1280, "height": 900},
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    yield Stage(page, site)
    context.close()


@pytest.mark.parametrize("stage", LOCALES, indirect=True)
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_B2_a_page_is_accessible_in_its_language_and_holds_nothing_inline(stage, scene):
    page = stage.page
    scene(stage)
    html = page.content()
    language = page.get_attribute("html", "lang")
    assert language in LOCALES
    assert not INLINE.search(html)
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1
    assert page.title().endswith("– Sundby kommun")
    if page.locator("#problem").count():
        assert page.title().startswith(("Fel: ", "Error: "))
        described = page.locator("[aria-invalid]").first
        if described.count():
            assert "problem" in described.get_attribute("aria-describedby").split()
    # Colours know no language: dark is looked at once.
    for scheme in ("light", "dark") if language == "sv" else ("light",):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
        assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    blocked = [text for text in page.complaints if "Content Security Policy" in text]
    assert blocked == []


def test_axe_would_find_something(stage):
    stage.goto("/open/intranet")
    stage.page.evaluate("document.querySelector('label').remove()")
    found = Axe().run(stage.page, options={"runOnly": {"type": "tag", "values": WCAG}})
    assert found.violations_count > 0


@pytest.mark.parametrize("stage", LOCALES, indirect=True)
def test_the_languages_do_not_mix(stage):
    stage.goto("/open/intranet")
    text = stage.page.inner_text("main")
    swedish = stage.page.get_attribute("html", "lang") == "sv"
    assert ("Logga in" in text) is swedish
    assert ("Sign in" in text) is not swedish


def test_the_whole_sign_in_goes_by_keyboard_alone(stage):
    login = stage.somebody(totp=True)
    page, keyboard = stage.page, stage.page.keyboard
    stage.goto("/open/intranet")
    keyboard.type(login)  # the first field has the focus
    keyboard.press("Tab")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    page.wait_for_selector("#code")
    keyboard.type(stage.site.totp(login))
    keyboard.press("Enter")
    page.wait_for_selector(".systems")
    for _ in range(20):
        if page.evaluate("document.activeElement.closest('form')?.getAttribute('action')") == "/sign-out":
            break
        keyboard.press("Tab")
    keyboard.press("Enter")
    page.wait_for_selector("text=Du är utloggad")


def test_everything_that_can_be_reached_by_tab_shows_that_it_has_the_focus(stage):
    stage.signed_in()
    stage.goto("/security")
    page = stage.page
    seen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        tag, outline = page.evaluate(
            "[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]"
        )
        if tag == "BODY":
            break
        seen.append(tag)
        assert outline != "none"
    assert {"A", "BUTTON"} <= set(seen)
    assert seen[0] == "A"  # the way past what is repeated on every page


def test_targets_are_large_enough_for_a_thumb(stage):
    stage.signed_in()
    for path in ("/", "/sessions", "/security"):
        stage.goto(path)
        stage.page.set_viewport_size({"width": 390, "height": 844})
        for target in stage.page.locator("button, nav a, input:not([type=hidden])").all():
            assert target.bounding_box()["height"] >= 44


def test_B3_the_back_button_shows_nothing_after_signing_out(stage):
    stage.signed_in()
    stage.goto("/sign-out")
    stage.submit()
    stage.page.go_back()
    stage.page.go_back()
    assert "Anna Svensson" not in stage.page.content()


def test_at_four_hundred_percent_a_desktops_page_still_fits(stage):
    """WCAG 2.2, 1.4.10: 1280 pixels at 400 % are 320."""
    stage.goto("/open/intranet")
    stage.page.set_viewport_size({"width": 320, "height": 256})
    button = stage.page.locator("button.main")
    button.scroll_into_view_if_needed()
    assert button.is_visible()
    assert stage.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_people_are_found_while_somebody_types(stage):
    stage.administrator()
    stage.goto("/administration/people")
    typed = stage.page.locator("#words")
    typed.press_sequentially("lindstr")
    stage.page.wait_for_selector("#found >> text=David Lindström")
    assert typed.input_value() == "lindstr"
    assert "words=lindstr" in stage.page.url
    typed.fill("zzz")
    stage.page.wait_for_selector("#found >> text=0 träffar")
    assert stage.page.complaints == []
