"""The demo's two systems as relying parties: sign-in, what they show, sign-out from here and from afar."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from deploy.demonstration.intranet import Intranet
from deploy.demonstration.processes import Children, answers_http
from deploy.demonstration.server_account import forget
from deploy.demonstration.state import State
from deploy.municipality.slapd import free_port
from tests.municipality.stand_in_provider import PERSON, Browser, StandIn, running_stand_in

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def provider() -> Iterator[StandIn]:
    with running_stand_in() as stand_in:
        yield stand_in


@dataclass(frozen=True)
class System:
    """One of the two systems, as tests see it."""

    name: str
    url: str
    client_id: str
    logout_uri: str
    sign_out: tuple[str, str]


def _intranet(provider: StandIn, state: Path, children: Children) -> System:
    port = free_port("127.0.0.2")
    intranet = Intranet("127.0.0.2", port, provider.issuer, "intranet", "secret", "passphrase")
    command = intranet.prepare(state, state / "intranet-error.log")
    child = children.start("intranet", command, folder=state, environment=intranet.environment())
    children.wait_for(child, answers_http("127.0.0.2", port, "/signed-out"))
    way = ("GET", f"/callback?logout={intranet.signed_out_uri}")
    return System("intranet", intranet.origin, "intranet", intranet.logout_uri, way)


@pytest.fixture(scope="module", params=["intranet"])
def system(
    request: pytest.FixtureRequest, provider: StandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    state = State(tmp_path_factory.mktemp(request.param) / "state").folder
    with Children(state) as children:
        yield _intranet(provider, state, children)
    forget(state)


def _signed_in(system: System, language: str = "sv") -> Browser:
    browser = Browser(language)
    page = browser.get(system.url + "/")
    assert page.status_code == 200, page.text
    assert str(page.url) == system.url + "/"
    return browser


def test_shows_who_one_is_and_how_it_was_proved(system: System) -> None:
    page = _signed_in(system).get(system.url + "/").text
    assert "Åsa &lt;b&gt;Öberg&lt;/b&gt;" in page
    for text in (
        "asaobe01",
        "asa.oberg@ekvik.example",
        "Barn och unga",
        "Två faktorer",
        "engångskod + lösenord",
    ):
        assert text in page
    assert "https://refeds.org/profile/mfa" in page
    assert "<script" not in page


def test_speaks_english_to_who_asks_for_it(system: System) -> None:
    page = _signed_in(system, "en").get(system.url + "/").text
    assert "Two factors" in page
    assert "one-time code + password" in page
    assert '<html lang="en"' in page


def test_uses_pkce_state_and_nonce(system: System, provider: StandIn) -> None:
    _signed_in(system)
    asked = provider.requests[-1]
    assert asked["code_challenge_method"] == "S256"
    assert asked["state"]
    assert asked["nonce"]
    assert asked["response_type"] == "code"


def test_headers_forbid_scripts_and_frames(system: System) -> None:
    policy = _signed_in(system).get(system.url + "/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_signing_out_ends_it_here_and_asks_the_provider(system: System, provider: StandIn) -> None:
    browser = _signed_in(system)
    method, path = system.sign_out
    before = len(provider.requests)
    page = browser.request(method, system.url + path)
    assert "Du är utloggad" in page.text
    assert "id_token_hint" in provider.requests[before]
    assert not _is_signed_in(browser, system)


def test_a_logout_token_ends_the_session(system: System, provider: StandIn) -> None:
    browser, other = _signed_in(system), _signed_in(system)
    answer = _send(system, provider.logout_token(system.client_id))
    assert answer.status_code == 200
    assert _is_signed_in(browser, system)
    assert not _is_signed_in(other, system)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "somebody-else"},
        {"iss": "http://localhost:1"},
        {"events": None},
        {"events": {}},
        {"nonce": "n"},
        {"sub": None, "sid": None},
        {"iat": 4_000_000_000, "exp": 4_000_000_100},
        {"iat": 1_000_000_000, "exp": 1_000_000_100},
    ],
    ids=["aud", "iss", "no events", "other event", "nonce", "nobody", "future", "expired"],
)
def test_a_wrong_logout_token_ends_nothing(
    system: System, provider: StandIn, changes: dict[str, object]
) -> None:
    browser = _signed_in(system)
    answer = _send(system, provider.logout_token(system.client_id, **changes))
    assert answer.status_code == 400
    assert _is_signed_in(browser, system)


def test_a_logout_token_signed_by_somebody_else_ends_nothing(system: System, provider: StandIn) -> None:
    browser = _signed_in(system)
    forger = replace(provider, key=type(provider.key).generate_key("P-256", {"kid": "k1", "alg": "ES256"}))
    assert _send(system, forger.logout_token(system.client_id)).status_code == 400
    assert _is_signed_in(browser, system)


def test_a_used_logout_token_is_refused(system: System, provider: StandIn) -> None:
    _signed_in(system)
    token = provider.logout_token(system.client_id)
    assert _send(system, token).status_code == 200
    assert _send(system, token).status_code == 400


def test_an_answer_that_was_not_asked_for_signs_nobody_in(system: System, provider: StandIn) -> None:
    victim = Browser()
    parameters = {"code": "x", "state": "y", "iss": provider.issuer}
    answer = victim.get(f"{system.url}/callback", params=parameters, follow_redirects=False)
    assert PERSON["email"] not in answer.text
    assert not any(name.endswith("_session") for name in victim.cookies)
    assert not _is_signed_in(victim, system)


def _is_signed_in(browser: Browser, system: System) -> bool:
    return browser.get(system.url + "/", follow_redirects=False).status_code == 200


def _send(system: System, token: str) -> httpx.Response:
    return httpx.post(system.logout_uri, data={"logout_token": token}, timeout=10)
