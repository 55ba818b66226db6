"""Statements B2, B3, B5, B7: what every answer carries, and what it never does."""

import re

import pytest

pytestmark = pytest.mark.anyio
PATHS = ["/page", "/does-not-exist", "/fail/unknown", "/occasion"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize("path", PATHS)
async def test_B2_every_answer_is_bound_to_our_own_style_and_no_script(site, path):
    async with site.client() as client:
        headers = (await client.get(path)).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["style-src"] == policy["img-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in headers["content-security-policy"]
    assert "script-src" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["strict-transport-security"].startswith("max-age=63072000")


async def test_B2_no_hsts_where_there_is_no_https(build):
    site = build(issuer="http://localhost:8400")
    async with site.client() as client:
        response = await client.get("/page", headers={"host": "localhost:8400"})
    assert response.status_code == 200
    assert "strict-transport-security" not in response.headers


@pytest.mark.parametrize("path", PATHS)
async def test_B3_nothing_is_stored_but_style_and_pictures(site, path):
    async with site.client() as client:
        assert (await client.get(path)).headers["cache-control"] == "no-store"
        style = await client.get(site.kit.static.urls["portvakt.css"])
        picture = await client.get(site.kit.static.urls["portvakt.svg"])
    assert style.headers["cache-control"] == picture.headers["cache-control"]
    assert "immutable" in style.headers["cache-control"]
    assert style.headers["content-type"].startswith("text/css")
    assert picture.headers["content-type"] == "image/svg+xml"


async def test_B5_markup_in_values_and_in_the_organisations_name_is_shown_as_text(site):
    async with site.client() as client:
        html = (await client.get("/page", params={"text": '<svg onload="alert(1)">"\''})).text
    assert "<svg" not in html
    assert "&lt;svg onload=" in html
    assert "Sundby &lt;kommun&gt;" in html


async def test_B7_no_answer_allows_another_origin(site):
    async with site.client() as client:
        for path in PATHS:
            headers = (await client.get(path, headers={"origin": "https://evil.example"})).headers
            assert not [name for name in headers if name.startswith("access-control-")]


async def test_a_page_may_list_where_its_form_ends(site):
    async with site.client() as client:
        policy = (await client.get("/targets")).headers["content-security-policy"]
    assert "form-action 'self' https://app.sundby.example;" in policy


async def test_F90_a_range_of_a_picture_is_not_worked_on(site):
    ranges = "bytes=" + ",".join(f"{n}-{n}" for n in range(10_000))
    async with site.client() as client:
        response = await client.get(site.kit.static.urls["portvakt.svg"], headers={"range": ranges})
    assert response.status_code == 200
    assert response.content.startswith(b"<svg")


async def test_each_answer_has_a_number_of_its_own(site):
    async with site.client() as client:
        numbers = {(await client.get("/page")).headers["portvakt-reference"] for _ in range(5)}
    assert len(numbers) == 5
    assert all(re.fullmatch(r"[a-z0-9]{26,32}", number) for number in numbers)


@pytest.mark.parametrize(("how", "status"), [("fault", 409), ("away", 503), ("unknown", 500)])
async def test_K4_a_fault_is_a_plain_page_with_a_number_and_no_details(site, capsys, how, status):
    async with site.client() as client:
        response = await client.get(f"/fail/{how}?token=secret-canary")
    assert response.status_code == status
    assert response.headers["portvakt-reference"] in response.text
    # The page knows its own address, for the switch of language; nothing else may have come through.
    assert "secret-canary" not in response.text.replace(f"/fail/{how}?token=secret-canary", "")
    written = capsys.readouterr()
    assert "secret-canary" not in written.out + written.err
    if status == 500:
        assert response.headers["portvakt-reference"] in written.out + written.err


async def test_unknown_pages_and_methods_are_plain_pages(site):
    async with site.client() as client:
        missing, wrong = await client.get("/static/../x"), await client.post("/page")
    assert missing.status_code == 404
    assert wrong.status_code == 405
    assert wrong.headers["allow"]
    assert "<h1>" in missing.text
    assert "<h1>" in wrong.text
