"""L5, F35, F76: what a directory says against somebody ends everything that they have, in every protocol, in seconds.

`portvakt serve` follows a real slapd; a browser, an OpenID Connect client, a SAML service, a NAS and a program with a
token of the API are at work when somebody's entry changes.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from idp.radius.packet import Code
from tests.directory_sync.town import PASSWORD, dn_of, loaded, people
from tests.oidc.site import REGISTRATION, RelyingParty
from tests.support.browsing import HTTP, Browser, Forms, Reply
from tests.support.cutting_nas import Cutting, cutting
from tests.support.nas import RawNas, login, radclient
from tests.support.whole_site import CALLBACK, OIDC_SECRET, WholeSite, serving_everything

PROMISE = 5.0
"""Seconds from the change in the directory, with this machine's load on top of it."""


def said(uid: str, attribute: str, value: str) -> str:
    return f"dn: {dn_of(uid)}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n"


STATEMENTS = {
    "disabled": ("anna", said("anna", "employeeType", "former")),
    "locked": ("bo", said("bo", "pwdAccountLockedTime", "000001010000Z")),
    "expired": ("cia", said("cia", "ekvikEmploymentEnd", "20260101000000Z")),
    "deleted": ("dan", f"dn: {dn_of('dan')}\nchangetype: delete\n"),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def scene(request, tmp_path_factory):
    """The directory, the site and the NAS."""
    folder = tmp_path_factory.mktemp("every")
    url = ""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create_database(folder.name)
    server = loaded(folder / "slapd", people("anna", "bo", "cia", "dan", "eva", "fia"))
    with server, cutting() as nas, serving_everything(folder / "site", server, url, nas.port) as site:
        yield server, site, nas


@dataclass
class Person:
    """Somebody at work everywhere."""

    site: WholeSite
    nas: Cutting
    uid: str
    browser: Browser = field(init=False)
    tokens: dict = field(init=False)

    def __post_init__(self) -> None:
        self.account = self.site.account(self.uid)
        self.app = self.site.authenticator(self.account)
        self.api_token = self.site.api_token(self.account)
        self.browser = Browser(self.site.issuer)
        registration = REGISTRATION.__class__(redirect_uris=(CALLBACK,), scope=REGISTRATION.scope)
        self.intranet, self.ledger = (
            RelyingParty(self.site, "", name, OIDC_SECRET, registration) for name in ("intranet", "ledger")
        )
        self.raw = RawNas(self.site.radius_port)

    def come_in(self) -> None:
        """Sign in with both factors on a device that is trusted from then on, and everywhere else after that."""
        page = self.signed_in_by_password(self.browser)
        answer = self.submit(self.browser, page, "code", code=self.app.now(), trust="yes")
        assert self.ledger.redeem(answer.query["code"]).status == 200
        code = self.intranet.code(self.browser, scope="openid offline_access")
        self.tokens = self.intranet.redeem(code).json()
        ran = radclient(self.site.radius_port, *login(self.uid, PASSWORD))
        assert ran.kind == "Access-Accept", ran.text
        start = ("Acct-Status-Type = Start", f'Acct-Session-Id = "{self.uid}"', f"Class = {ran.one('Class')}",
                 f'User-Name = "{self.uid}"')  # fmt: skip
        told = radclient(self.site.accounting_port, *start, kind="acct", signed=False)
        assert told.kind == "Accounting-Response", told.text

    def signed_in_by_password(self, browser: Browser) -> Reply:
        """What the ledger shows after the password: a page that asks for more, or its answer."""
        page = browser.get(browser.get(self.ledger.authorization()).location)
        return self.submit(browser, page, "password", username=self.uid, password=PASSWORD)

    @staticmethod
    def submit(browser: Browser, page: Reply, step: str, **answers: str) -> Reply:
        """Send the form of a step, and go on to a page or to the system's answer."""
        form = next(form for form in Forms.read(page.text) if form.action.endswith(step))
        answer = browser.post(form.action, {**form.fields, **answers})
        while answer.status == 303 and "code" not in answer.query and "error" not in answer.query:
            answer = browser.get(answer.location)
        return answer

    def other_browser(self) -> Browser:
        """The same device in the evening: the session's cookie is gone, the device's is still there."""
        other = Browser(self.site.issuer)
        other.cookies = {name: value for name, value in self.browser.cookies.items() if "device" in name}
        return other

    def api(self) -> int:
        headers = {"authorization": f"Bearer {self.api_token}"}
        return HTTP.get(f"{self.site.issuer}/api/v1/overview", headers=headers).status_code

    def refresh(self) -> bool:
        answer = self.intranet.refresh(self.tokens["refresh_token"])
        if answer.status == 200:
            self.tokens = {**self.tokens, **answer.json()}
        return answer.status == 200

    def network(self) -> bool:
        reply = self.raw.ask(self.raw.request(self.uid, PASSWORD))
        return reply is not None and reply.code == Code.ACCESS_ACCEPT

    def is_cut(self) -> bool:
        return any(heard["User-Name"] == self.uid for heard in self.nas.heard)

    def ways(self) -> dict[str, Callable[[], bool]]:
        """Whether each way is still open."""
        return {
            "portal": lambda: self.browser.get("/").status == 200,
            "OpenID Connect, session": lambda: (
                "code" in self.browser.get(self.intranet.authorization()).query
            ),
            "OpenID Connect, userinfo": lambda: (
                self.intranet.userinfo(self.tokens["access_token"]).status == 200
            ),
            "OpenID Connect, introspection": lambda: self.intranet.introspect(self.tokens["access_token"])[
                "active"
            ],
            "OpenID Connect, refresh": self.refresh,
            "SAML, session": lambda: "SAMLResponse" in self.site.service.ask(self.browser).text,
            "RADIUS, Access-Request": self.network,
            "RADIUS, living connection": lambda: not self.is_cut(),
            "API token": lambda: self.api() == 200,
            "trusted device": lambda: self.site.trusts_a_device(self.account),
        }


@pytest.mark.parametrize("statement", STATEMENTS)
def test_L5_F35_F76_everything_that_somebody_has_is_refused_within_five_seconds(scene, statement):
    server, site, nas = scene
    uid, ldif = STATEMENTS[statement]
    person = Person(site, nas, uid)
    person.come_in()
    evening = person.other_browser()
    answered = person.signed_in_by_password(evening)
    assert "code" in answered.query, "the device stands in for the second factor"
    ways = person.ways()
    assert {name: is_open() for name, is_open in ways.items()} == dict.fromkeys(ways, True)

    began = time.monotonic()
    server.modify(ldif)
    refused: dict[str, float] = {}
    while len(refused) < len(ways):
        for name in ways.keys() - refused.keys():
            if not ways[name]():
                refused[name] = round(time.monotonic() - began, 3)
        assert time.monotonic() - began < PROMISE, f"still open: {ways.keys() - refused.keys()}; {refused}"
    print(f"\n{statement}: {json.dumps(refused, indent=1)}")

    assert "code" not in person.signed_in_by_password(person.other_browser()).query
    assert "code" not in evening.get(person.ledger.authorization()).query, "every session, not only the last"
    assert person.api() == 401


def test_L9_whom_nothing_is_said_against_keeps_everything(scene):
    _server, site, nas = scene
    person = Person(site, nas, "eva")
    person.come_in()
    time.sleep(1)
    ways = person.ways()
    assert {name: is_open() for name, is_open in ways.items()} == dict.fromkeys(ways, True)


def test_the_collector_sees_what_serve_has_done(scene):
    _server, site, nas = scene
    before = figures(site)
    Person(site, nas, "fia").come_in()
    after = figures(site)
    both, one = (
        f'portvakt_signins_total{{method="{name}",outcome="succeeded"}}'
        for name in ("password+totp", "password")
    )
    assert after[both] == before.get(both, 0) + 1, "by the page"
    assert after[one] == before.get(one, 0) + 1, "by RADIUS"
    assert after['portvakt_job_turns_total{job="audit-seal",outcome="done"}'] > 0
    assert after['portvakt_directory_persons_read{directory="town"}'] == 6
    assert after['portvakt_directory_state{directory="town",state="following"}'] == 1


def figures(site: WholeSite) -> dict[str, float]:
    told = HTTP.get(f"http://127.0.0.1:{site.metrics_port}/metrics").text
    lines = [line.rpartition(" ") for line in told.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}
