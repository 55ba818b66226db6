"""Takes the pictures for `deploy/screens`: each scene once per language, then every width and colour scheme of it."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyotp
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.chromium import launched
from tests.support.sample_site import OUTSIDE, free_port, make_site, populate, served
from tests.support.scenes import SCENES, Stage

LANGUAGES = {"sv": "sv-SE", "en": "en-GB"}
WIDTHS = {"desktop": 1280, "phone": 390}
SCHEMES = ("light", "dark")
HEIGHT = 900


def main() -> int:
    """Take all pictures; return 1 if a scene could not be reached."""
    arguments = argparse.ArgumentParser(prog="./deploy/screens", description=__doc__)
    arguments.add_argument("folder", nargs="?", type=Path, default=Path("build/screens"))
    arguments.add_argument("--demo", type=Path, metavar="DEMO.JSON", help="the running demo's description")
    arguments.add_argument("--only", default="", help="only scenes whose name contains this")
    chosen = arguments.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, launched(playwright) as browser:
        if chosen.demo:
            failed = picture_demo(browser, json.loads(chosen.demo.read_text()), chosen.folder)
        else:
            failed = picture_sample(browser, chosen.folder, chosen.only)
    print(f"{len(list(chosen.folder.glob('*.png')))} pictures in {chosen.folder}")
    for name in failed:
        print(f"could not be reached: {name}", file=sys.stderr)
    return 1 if failed else 0


def picture_sample(browser: Browser, folder: Path, only: str) -> list[str]:
    """Picture every scene of the sample municipality; return those that failed."""
    failed = []
    with tempfile.TemporaryDirectory() as state:
        port = free_port()
        site = make_site(Path(state), port)
        populate(site)
        with served(site.app, port):
            for name, scene in SCENES.items():
                if only not in name:
                    continue
                for language in LANGUAGES:
                    with opened(browser, language, {"X-Forwarded-For": OUTSIDE}) as page:
                        if not reached(lambda: scene(Stage(page, site))):  # noqa: B023 - called at once
                            failed.append(f"{name} ({language})")
                        else:
                            picture(page, folder, name, language)
                print(name, flush=True)
    return failed


def picture_demo(browser: Browser, demo: dict, folder: Path) -> list[str]:
    """Picture a running demo's pages as somebody with a factor and as an administrator."""
    accounts = [account for account in demo["accounts"] if account["totp_secret"]]
    worker = next(account for account in accounts if account["role"] != "administrator")
    chief = next((account for account in accounts if account["role"] == "administrator"), None)
    issuer, failed = demo["issuer"], []
    parts = [
        (None, {"sign_in": "/sign-in", "lost": "/sign-in?journey=unknown", "not_found": "/does-not-exist"}),
        (worker, {"my_systems": "/", "my_sessions": "/sessions", "my_security": "/security"}),
        (chief, {"administration": "/administration", "people": "/administration/people?words=Anders"}),
    ]
    for account, paths in parts:
        state = signed_in_state(browser, issuer, account) if account else None
        for language in LANGUAGES:
            with opened(browser, language, {}, state) as page:
                for name, path in paths.items():
                    if reached(lambda: page.goto(issuer + path)):  # noqa: B023 - called at once
                        picture(page, folder, name, language)
                    else:
                        failed.append(f"{name} ({language})")
    return failed


def signed_in_state(browser: Browser, issuer: str, account: dict) -> dict:
    """Sign in once and return the cookies: a code cannot be used again for the next picture."""
    with opened(browser, "sv", {}) as page:
        page.goto(f"{issuer}/sign-in")
        page.fill("#username", account["login"])
        page.fill("#password", account["password"])
        page.locator("button.main").click()
        if page.locator("#code").count() == 0:
            page.goto(f"{issuer}/security")
            page.locator('form[action="/security/confirm"] button').click()
        # At the end of a time step the code would be the next one's by the time it arrives.
        time.sleep(max(0.0, 3 - (30 - time.time() % 30)))
        page.fill("#code", pyotp.TOTP(account["totp_secret"]).now())
        page.locator("button.main").click()
        return page.context.storage_state()


@contextmanager
def opened(
    browser: Browser, language: str, headers: dict[str, str], state: dict | None = None
) -> Iterator[Page]:
    """Open a page of a new visitor who reads `language`."""
    context = browser.new_context(
        locale=LANGUAGES[language],
        extra_http_headers=headers,
        storage_state=state,
        java_script_enabled=False,
        reduced_motion="reduce",
        viewport={"width": WIDTHS["desktop"], "height": HEIGHT},
    )
    context.set_default_timeout(10_000)
    try:
        yield context.new_page()
    finally:
        context.close()


def reached(go: Callable[[], object]) -> bool:
    """Go there; say whether it worked, and on the way why not."""
    try:
        go()
    except Exception as error:  # noqa: BLE001 - the other pictures are still worth taking
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return False
    return True


def picture(page: Page, folder: Path, name: str, language: str) -> None:
    """Take the page at every width, light and dark."""
    for width, pixels in WIDTHS.items():
        page.set_viewport_size({"width": pixels, "height": HEIGHT})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=folder / f"{name}.{language}.{width}.{scheme}.png", full_page=True)


if __name__ == "__main__":
    sys.exit(main())
