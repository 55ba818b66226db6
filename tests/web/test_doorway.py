"""Statements B8, P2, F02, F07, F85, F90: whose host it is, where the visitor is, how much comes in."""

import asyncio
import socket

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from idp.web.assembly import make_application
from idp.web.errors import ForwardingRefused, HostRefused
from idp.web.hosts import AllowedHosts, checked_origin
from idp.web.proxies import TrustedProxies
from tests.support.sample_site import free_port, served
from tests.web.conftest import HOST, settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize(
    "host",
    ["evil.example", f"{HOST}/page?", f"a@{HOST}", f"{HOST}:8443", f"{HOST}.", f"{HOST} ", "", f"x{HOST}"],
)
async def test_B8_F85_another_host_is_refused_and_recorded(site, host):
    async with site.client() as client:
        response = await client.get("/page", headers={"host": host})
    assert response.status_code == 400
    assert site.refusals() == [("host_refused", response.headers["portvakt-reference"])]


@pytest.mark.parametrize("sent", [[], [HOST, HOST], [HOST, "evil.example"], ["evil.example", HOST]])
def test_B8_F85_none_or_two_hosts_are_refused_whatever_server_passes_them_on(sent):
    ours = AllowedHosts.of(f"https://{HOST}")
    scope = {"type": "http", "path": "/", "headers": [(b"host", one.encode()) for one in sent]}
    with pytest.raises(HostRefused):
        ours.check(scope)
    ours.check({**scope, "headers": [(b"host", HOST.encode())]})


@pytest.mark.parametrize("host", [HOST, HOST.upper(), f"{HOST}:443"])
async def test_B8_our_host_is_served(site, host):
    async with site.client() as client:
        assert (await client.get("/page", headers={"host": host})).status_code == 200


async def test_B8_F02_no_forwarded_host_or_scheme_reaches_a_page(site):
    lies = {
        "x-forwarded-host": "evil.example",
        "forwarded": "host=evil.example;proto=http",
        "x-forwarded-proto": "http",
        "x-original-url": "https://evil.example/",
    }
    async with site.client() as client:
        response = await client.get("/page", headers=lies)
    assert response.status_code == 200
    assert "evil.example" not in response.text + str(response.headers)


@pytest.mark.parametrize(
    "url", ["https://id.se/", "https://id.se/x", "id.se", "https://a@id.se", "ftp://id.se"]
)
def test_B8_only_an_origin_can_be_the_public_address(url):
    with pytest.raises(ValueError):
        checked_origin(url)


def test_B8_a_default_port_may_be_said_or_left_out():
    assert AllowedHosts.of("https://id.se:443").values == {b"id.se", b"id.se:443"}
    assert AllowedHosts.of("http://localhost:8400").values == {b"localhost:8400"}


GARBAGE = ["a", "", ",", "1.2.3.4:80", "::1%eth0", "1.2.3.4, x", "9" * 64_000, "ö", "1.2.3.4," * 30]


@pytest.mark.parametrize("value", GARBAGE)
async def test_F07_P2_an_unlisted_peer_says_nothing_about_addresses(build, value):
    site = build(trusted_proxies=("198.51.100.1",))
    async with site.client() as client:
        response = await client.get("/occasion", headers={"x-forwarded-for": value.encode()})
    assert response.status_code == 200
    assert response.text == "192.0.2.7"


@pytest.mark.parametrize("value", GARBAGE)
async def test_F07_garbage_from_a_listed_proxy_is_refused(build, value):
    site = build(trusted_proxies=("192.0.2.0/24",))
    async with site.client() as client:
        response = await client.get("/occasion", headers={"x-forwarded-for": value.encode()})
    assert response.status_code == 400
    assert site.seen == []


async def test_P2_the_default_list_of_proxies_is_empty(site):
    async with site.client("127.0.0.1") as client:
        response = await client.get("/occasion", headers={"x-forwarded-for": "10.0.0.1"})
    assert response.text == "127.0.0.1"


def test_P2_the_first_address_that_is_no_proxy_counts_whatever_stands_left_of_it():
    proxies = TrustedProxies.of(["192.0.2.0/24", "2001:db8::/32"])
    forwarded = [b"10.0.0.1, 203.0.113.9", b" 192.0.2.3"]
    assert str(proxies.address("192.0.2.1", forwarded)) == "203.0.113.9"
    assert str(proxies.address("2001:db8::1", [b"203.0.113.9"])) == "203.0.113.9"
    assert str(proxies.address("::ffff:192.0.2.1", [b"::ffff:203.0.113.9"])) == "203.0.113.9"
    assert str(proxies.address("192.0.2.1", [b"192.0.2.5"])) == "192.0.2.5"
    assert str(proxies.address("203.0.113.1", [b"10.0.0.1"])) == "203.0.113.1"
    assert proxies.address(None, [b"10.0.0.1"]) is None
    with pytest.raises(ForwardingRefused):
        proxies.address("192.0.2.1", [b"bad, 203.0.113.9"])


async def test_F90_a_body_is_bounded_with_and_without_a_length(site):
    async def pieces():
        for _ in range(100):
            yield b"a" * 1024

    async with site.client() as client:
        told = await client.post("/act", content=b"a" * 70_000)
        untold = await client.post(
            "/act", content=pieces(), headers={"content-type": "application/x-www-form-urlencoded"}
        )
        lying = await client.post("/act", content=b"a=b", headers={"content-length": "1e9"})
    assert [told.status_code, untold.status_code, lying.status_code] == [413, 413, 413]


async def test_A1_a_flood_of_refusals_leaves_few_records(site):
    async with site.client() as client:
        for _ in range(30):
            await client.get("/page", headers={"host": "evil.example"})
    assert len(site.refusals()) == 1


def _raw(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return connection.makefile("rb").readline()


async def test_F85_the_server_refuses_two_hosts_and_targets_that_are_no_path(build):
    port = free_port()
    site = build(issuer=f"http://localhost:{port}")
    host = f"localhost:{port}".encode()
    targets = {
        b"GET /occasion HTTP/1.1\r\nHost: " + host + b"\r\n\r\n": b"200",
        b"GET http://evil.example/occasion HTTP/1.1\r\nHost: " + host + b"\r\n\r\n": b"400",
        b"GET http://" + host + b"/occasion HTTP/1.1\r\nHost: " + host + b"\r\n\r\n": b"400",
        b"OPTIONS * HTTP/1.1\r\nHost: " + host + b"\r\n\r\n": b"400",
        b"GET /occasion HTTP/1.1\r\nHost: " + host + b"\r\nHost: evil.example\r\n\r\n": b"400",
        b"GET /occasion HTTP/1.1\r\nHost: " + host + b"\r\nHost: " + host + b"\r\n\r\n": b"400",
        b"GET /occasion HTTP/1.1\r\nHost: " + host + b"/healthz?\r\n\r\n": b"400",
        b"GET /occasion HTTP/1.1\r\n\r\n": b"400",
        b"GET /occasion HTTP/1.1\r\nHost: " + host + b"\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n": b"200",
    }
    with served(site.app, port):
        for request, status in targets.items():
            answer = await asyncio.to_thread(_raw, port, request)
            assert answer.split()[1] == status, request
    # uvicorn itself believes X-Forwarded-For from the loopback address unless it is told not to.
    assert {str(seen.address) for seen in site.seen} == {"127.0.0.1"}


async def test_a_websocket_finds_no_door(site):
    sent = []

    async def send(message):
        sent.append(message)

    await site.app({"type": "websocket", "path": "/page", "headers": []}, None, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_K4_query_strings_and_line_breaks_stay_out_of_the_log(build, capsys):
    site = build(access_log=True)
    async with site.client() as client:
        await client.get("/page%0Afake-line?code=secret-canary")
    written = capsys.readouterr().out
    assert "secret-canary" not in written
    assert not any(line.startswith("fake-line") for line in written.splitlines())


def test_the_settings_are_checked_at_start(build):
    with pytest.raises(ValueError):
        build(issuer="https://id.sundby.example/sso")


async def test_a_second_room_can_be_put_behind_the_same_guard(site):
    async def hello(_request):
        return PlainTextResponse("hello", headers={"cache-control": "public, max-age=60"})

    app = make_application(site.kit, settings(), [Route("/hello", hello)])
    site.app = app
    async with site.client() as client:
        response = await client.get("/hello")
    assert response.headers["cache-control"] == "public, max-age=60"
    assert "content-security-policy" in response.headers
