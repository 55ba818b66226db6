"""One demo per database and worker, and a Chromium to visit it with, with and without JavaScript."""

import pytest
from playwright.sync_api import sync_playwright

from tests.support.chromium import launched
from tests.system.ekvik import Visitor, running_ekvik


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def ekvik(request, tmp_path_factory):
    state = tmp_path_factory.mktemp("ekvik") / request.param
    settings = {"PORTVAKT_LOG__LEVEL": "debug"}
    if request.param == "postgresql":
        settings["PORTVAKT_DATABASE__URL"] = request.getfixturevalue("postgres").create_database("ekvik")
    with running_ekvik(state, settings) as running:
        yield running


@pytest.fixture(scope="module")
def chromium():
    """Not for the session: while Playwright is up, no other test of this worker can run an event loop."""
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def visitor(request, ekvik, chromium):
    """Somebody's browser, made anew: call it with an account."""
    contexts = []

    def make(account, **options):
        context = chromium.new_context(java_script_enabled=request.param, locale="sv-SE", **options)
        contexts.append(context)
        return Visitor(ekvik, context.new_page(), account, scripted=request.param)

    make.scripted = request.param
    yield make
    for context in contexts:
        context.close()
