"""Debian's Chromium under Playwright, kept from calling home."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Playwright

EXECUTABLE = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """Start Chromium, and stop it in the end."""
    browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=list(ARGUMENTS))
    try:
        yield browser
    finally:
        browser.close()
