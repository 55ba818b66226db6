"""The demo's parts: ports, state, children, the front proxy, the start page, what scripts are told."""

import http.server
import json
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pyotp
import pytest
from starlette.types import ASGIApp

from deploy.demonstration import front_proxy, ports, state
from deploy.demonstration.accounts import DemoAccount, demo_accounts, import_file
from deploy.demonstration.processes import ChildError, Children, answers_http
from deploy.demonstration.server_account import forget
from deploy.demonstration.start_page.app import create_app
from deploy.demonstration.start_page.content import Address, Content, read_content
from deploy.demonstration.state import State, StateError
from deploy.demonstration.summary import Radius, Summary, System
from deploy.municipality.model import Municipality
from deploy.municipality.slapd import free_port


@pytest.fixture
def accounts(municipality: Municipality) -> list[DemoAccount]:
    return demo_accounts(municipality)


def test_ports_are_a_block_and_each_system_has_an_address_of_its_own() -> None:
    block = ports.from_environment({"PORTVAKT_DEMO_PORT": "9000"})
    assert block.issuer == "http://localhost:9000"
    places = [block.portvakt, block.start_page, block.intranet, block.eservice, block.directory]
    assert [port for _, port in places] == [9001, 9002, 9003, 9004, 9005]
    assert len({host for host, _ in places[2:]}) == 3
    assert all(host.startswith("127.") for host, _ in places)


@pytest.mark.parametrize("text", ["x", "80", "65536", "-1", "\u0661\u0662\u0663\u0664"])
def test_a_wrong_port_is_named(text: str) -> None:
    with pytest.raises(ports.PortError, match="PORTVAKT_DEMO_PORT"):
        ports.from_environment({"PORTVAKT_DEMO_PORT": text})


def test_a_used_port_is_named() -> None:
    with http.server.HTTPServer(("127.0.0.3", 0), http.server.BaseHTTPRequestHandler) as server:
        used = server.server_address[1]
        with pytest.raises(ports.PortError, match=f"127.0.0.3:{used}"):
            ports.Ports(used - 4).check_free()


def test_state_keeps_day_and_secrets_until_it_is_reset(tmp_path: Path) -> None:
    first = State(tmp_path / "demo").kept("seed", date(2026, 11, 24))
    again = State(tmp_path / "demo")
    assert again.kept("seed", date(2027, 1, 1)) == first
    again.mark_done("sync")
    assert again.done("sync")
    again.reset()
    assert not again.done("sync")
    assert again.kept("seed", date(2027, 1, 1)).intranet_secret != first.intranet_secret
    assert (tmp_path / "demo" / "state.json").stat().st_mode & 0o077 == 0


def test_a_folder_of_somebody_elses_is_never_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("important")
    with pytest.raises(StateError, match="no state folder"):
        State(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    first, second = State(tmp_path / "demo"), State(tmp_path / "demo")
    first.lock()
    with pytest.raises(StateError, match="another demo"):
        second.lock()


def test_children_stop_when_the_block_ends_and_a_dead_one_is_told_with_its_log(tmp_path: Path) -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    failing = [sys.executable, "-c", "print('no such table'); raise SystemExit(3)"]
    with Children(tmp_path) as children:
        living = children.start("sleeper", sleeper, folder=tmp_path)
        dead = children.start("failing", failing, folder=tmp_path)
        with pytest.raises(ChildError, match="no such table"):
            children.wait_for(dead, lambda: False)
        assert living.process.poll() is None
    assert living.process.poll() is not None


class _Echo(http.server.BaseHTTPRequestHandler):
    """Answers with the headers that it got."""

    def do_GET(self) -> None:
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Say nothing."""


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[str]:
    """Nginx with its real configuration, before a server that shows what arrives."""
    upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    folder = State(tmp_path / "demo").folder
    # The block's second port is Portvakt's; here it is whatever the upstream got.
    port = free_port("127.0.0.1")
    command = front_proxy.prepare(_block(port, upstream.server_address[1]), folder)
    with Children(tmp_path) as children:
        child = children.start("proxy", command, folder=tmp_path)
        children.wait_for(child, answers_http("127.0.0.1", port, "/"))
        yield f"http://127.0.0.1:{port}"
    upstream.shutdown()
    upstream.server_close()
    forget(folder)


def _block(port: int, upstream: int) -> ports.Ports:
    class Elsewhere(ports.Ports):
        @property
        def portvakt(self) -> tuple[str, int]:
            return "127.0.0.1", upstream

    return Elsewhere(port)


@pytest.mark.parametrize(
    ("cookie", "address"),
    [
        ("", "203.0.113.57"),
        ("demo_place=town-hall", "10.20.0.15"),
        ("demo_place=outside", "203.0.113.57"),
        ("demo_place=10.20.0.1", "203.0.113.57"),
    ],
)
def test_the_proxy_says_where_the_visitor_is(proxy: str, cookie: str, address: str) -> None:
    claimed = {"X-Forwarded-For": "10.20.0.99", "Forwarded": "for=10.20.0.99", "X-Real-IP": "10.20.0.99"}
    seen = httpx.get(proxy, headers={**claimed, "Cookie": cookie}).json()
    assert seen["x-forwarded-for"] == address
    assert "forwarded" not in seen
    assert "x-real-ip" not in seen


def test_the_proxy_hands_on_the_host_as_it_came(proxy: str) -> None:
    assert httpx.get(proxy, headers={"Host": "evil.example:8400"}).json()["host"] == "evil.example:8400"


class Page:
    """A browser without scripts for one application that is not served: each request runs to its end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.cookies = httpx.Cookies()

    async def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        base = "http://localhost:8402"
        async with httpx.AsyncClient(transport=transport, base_url=base, cookies=self.cookies) as client:
            answer = await client.request(method, path, **options)
            self.cookies = client.cookies
            return answer

    def get(self, path: str, language: str = "sv") -> str:
        return anyio.run(partial(self._request, "GET", path, headers={"Accept-Language": language})).text

    def post(self, path: str, **form: str) -> int:
        return anyio.run(partial(self._request, "POST", path, data=form)).status_code


@pytest.fixture
def start_page(accounts: list[DemoAccount], tmp_path: Path) -> Page:
    addresses = [Address("http://127.0.0.2:8403/", "Navet, intranätet", "Navet, the intranet")]
    content = Content(8402, "ldap://127.0.0.5:8405", "cn=reader", addresses, accounts)
    file = tmp_path / "content.json"
    file.write_text(content.as_json(), encoding="utf-8")
    return Page(create_app(read_content(file)))


def test_the_start_page_lists_people_with_codes_that_work(
    start_page: Page, accounts: list[DemoAccount]
) -> None:
    before = datetime.now(UTC)
    page = start_page.get("/")
    for account in accounts:
        assert account.login in page
        assert account.password in page
        if account.totp_secret:
            assert account.totp_secret in page
            codes = {pyotp.TOTP(account.totp_secret).at(moment) for moment in (before, datetime.now(UTC))}
            assert any(code in page for code in codes)
    assert "<script" not in page


def test_the_start_page_switches_place_and_language(start_page: Page) -> None:
    assert "Utanför kommunens nät" in start_page.get("/")
    assert "Outside the municipality" in start_page.get("/", "en-GB,sv;q=0.5")
    assert start_page.post("/place", place="town-hall") == 303
    assert start_page.cookies["demo_place"] == "town-hall"
    assert "I stadshuset" in start_page.get("/")
    start_page.post("/language", language="en")
    assert "At the town hall" in start_page.get("/")
    start_page.post("/place", place="10.20.0.1")
    assert start_page.cookies["demo_place"] == "town-hall"


def test_demo_json_is_what_the_issue_says(accounts: list[DemoAccount], tmp_path: Path) -> None:
    systems = [System("intranet", "oidc", "http://127.0.0.2:8403/")]
    summary = Summary(
        issuer="http://localhost:8400",
        start_page="http://localhost:8402/",
        directory_url="ldap://127.0.0.5:8405",
        settings=tmp_path / "portvakt.toml",
        systems=systems,
        radius=Radius("127.0.0.1", 8408, 8409, "a shared secret"),
        accounts=accounts,
    )
    summary.write_json(tmp_path / "demo.json")
    facts = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    named = {"issuer", "portal", "administration", "directory", "radius", "relying_parties", "accounts"}
    assert set(facts) == named
    assert facts["radius"] == {
        "host": "127.0.0.1",
        "port": 8408,
        "accounting_port": 8409,
        "secret": "a shared secret",
    }
    assert set(facts["directory"]) == {"url", "bind_dn", "bind_password", "base_dn"}
    assert facts["relying_parties"] == [
        {"name": "intranet", "protocol": "oidc", "url": "http://127.0.0.2:8403/"}
    ]
    for account in facts["accounts"]:
        assert set(account) == {"login", "password", "totp_secret", "role", "name"}
    assert {account["role"] for account in facts["accounts"]} == {
        "employee",
        "administrator",
        "it_representative",
    }
    assert {account["totp_secret"] is None for account in facts["accounts"]} == {True, False}
    text = summary.as_text()
    assert "radclient -x 127.0.0.1:8408 auth" in text
    assert all(account.password in text for account in accounts)
    assert f"portvakt --settings {tmp_path / 'portvakt.toml'}" in text


def test_seeds_are_as_long_as_rfc_4226_asks_and_never_shared(accounts: list[DemoAccount]) -> None:
    lines = [line.split(";") for line in import_file(accounts).splitlines()]
    assert len(lines) == sum(account.totp_secret is not None for account in accounts)
    assert len({seed for _, seed, _ in lines}) == len(lines)
    assert all(len(seed) == 32 for _, seed, _ in lines)


def test_a_reset_leaves_the_lock(tmp_path: Path) -> None:
    kept = state.State(tmp_path / "demo")
    kept.lock()
    kept.reset()
    with pytest.raises(StateError):
        State(tmp_path / "demo").lock()
