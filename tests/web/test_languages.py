"""Swedish and English: what a visitor reads, how it is changed, and that nothing is left untranslated."""

import pytest

from idp.web import cookies
from idp.web.languages import language_of, translations
from tests.support.messages import extracted

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def scope(accepted: str = "", cookie: str = "") -> dict:
    headers = [(b"accept-language", accepted.encode())] if accepted else []
    if cookie:
        headers.append((b"cookie", f"{cookies.LANGUAGE}={cookie}".encode()))
    return {"type": "http", "headers": headers}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "sv"),
        ("en", "en"),
        ("sv-SE,sv;q=0.9,en;q=0.8", "sv"),
        ("de-DE,de;q=0.9,en-US;q=0.8", "en"),
        ("en;q=0.3, sv;q=0.7", "sv"),
        ("en;q=0", "sv"),
        ("fi", "sv"),
        ("en;q=x;;,,=", "sv"),
        ("*", "sv"),
        ("EN-gb", "en"),
    ],
)
def test_the_browsers_language_is_read(accepted, language):
    assert language_of(scope(accepted)) == language


def test_a_choice_wins_over_the_browser_and_a_forged_one_is_ignored():
    assert language_of(scope("sv", cookie="en")) == "en"
    assert language_of(scope("en", cookie="<script>")) == "en"


async def test_the_language_can_be_switched_without_script_and_stays(site):
    async with site.client(headers={"accept-language": "sv"}) as client:
        page = await client.get("/page?text=x")
        assert '<html lang="sv">' in page.text
        token = (await client.get("/token", params={"action": "/language"})).text
        form = {"csrf": token, "language": "en", "back": "/page?text=x"}
        answer = await client.post("/language", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/page?text=x")
        assert '<html lang="en">' in (await client.get("/page")).text


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", ""]
)
async def test_S14_the_switch_leads_nowhere_else(site, back):
    async with site.client() as client:
        token = (await client.get("/token", params={"action": "/language"})).text
        form = {"csrf": token, "language": "en", "back": back}
        assert (await client.post("/language", data=form)).status_code == 400
        form |= {"back": "/page", "language": "xx"}
        assert (await client.post("/language", data=form)).status_code == 400


def test_every_text_has_its_swedish_and_no_translation_is_left_over():
    catalogue = translations("sv")._catalog
    wanted = set(dict.fromkeys(extracted()))
    assert len(wanted) > 150
    missing, used = [], {""}
    for message in wanted:
        keys = [(message[0], 0), (message[0], 1)] if isinstance(message, tuple) else [message]
        used |= set(keys)
        missing += [key for key in keys if not catalogue.get(key)]
    assert missing == []
    assert set(catalogue) - used == set()


def test_translations_keep_every_placeholder():
    import re

    catalogue = translations("sv")._catalog
    holders = re.compile(r"%\(\w+\)s|\{\w+\}")
    for key, text in catalogue.items():
        if key != "" and not isinstance(key, tuple):
            assert sorted(holders.findall(key)) == sorted(holders.findall(text)), key
