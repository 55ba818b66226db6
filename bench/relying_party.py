"""A relying party and its visitors' browsers: what one unit of a load on an OpenID provider is.

Works with any provider whose sign-in is plain HTML forms. A page that is shown in the middle of a flow with
a living session is a failure, never a slow unit.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

from bench.html_forms import forms_of
from bench.http_client import Answer, Browser, local
from bench.load import LoadFailed

REDIRECT_URI = "https://rp.example.test/cb"
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_HOPS = 20


@dataclass(frozen=True, slots=True)
class Party:
    """A registered client, and where the provider's endpoints are (local paths)."""

    origin: str
    endpoints: Mapping[str, str]
    client_id: str
    secret: str
    scope: str = "openid profile email"

    @property
    def basic(self) -> str:
        """The Authorization header (RFC 6749 §2.3.1)."""
        shown = f"{quote(self.client_id, safe='')}:{quote(self.secret, safe='')}"
        return "Basic " + base64.b64encode(shown.encode()).decode()


@dataclass(frozen=True, slots=True)
class FormRule:
    """What to answer on a page that has a form with this field or button; `answer` makes more of what the page says."""

    field: str
    values: Mapping[str, str]
    answer: Callable[[str], Mapping[str, str]] | None = None


async def discover(origin: str, client_id: str, secret: str, connect: int = 0) -> Party:
    """Read a provider's metadata (OpenID Connect Discovery §4)."""
    browser = Browser(origin, connect=connect)
    answer = await browser.get("/.well-known/openid-configuration")
    browser.close()
    metadata = json.loads(answer.body)
    endpoints = {name: local(url) for name, url in metadata.items() if name.endswith("_endpoint")}
    return Party(origin, endpoints, client_id, secret)


@dataclass
class Visit:
    """One person's browser, and the relying party's own connection."""

    party: Party
    web: Browser
    api: Browser
    scope: str = ""
    tokens: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, party: Party, web: Browser) -> "Visit":
        """Return the visit of a browser."""
        return cls(party, web, Browser(party.origin, connect=web.connect))

    # --- units ----------------------------------------------------------------------------------------

    async def flow(self) -> None:
        """Authorize with a living session, redeem the code, ask userinfo."""
        code, verifier = await self.authorize()
        tokens = await self.redeem(code, verifier)
        await self.userinfo(tokens["access_token"])

    async def refresh(self) -> None:
        """Exchange the refresh token; a new one takes its place."""
        fields = {"grant_type": "refresh_token", "refresh_token": self.tokens["refresh_token"]}
        self.tokens |= await self._token(fields)

    async def held_userinfo(self) -> None:
        """Ask userinfo with the token that is held."""
        await self.userinfo(self.tokens["access_token"])

    async def introspect(self) -> None:
        """Ask whether the token that is held is good."""
        answer = await self.api.post(
            self.party.endpoints["introspection_endpoint"],
            {"token": self.tokens["access_token"]},
            Authorization=self.party.basic,
        )
        if answer.status != 200 or not json.loads(answer.body)["active"]:
            raise _unexpected("introspection", answer)

    # --- parts ----------------------------------------------------------------------------------------

    async def authorize(
        self, rules: Sequence[FormRule] = (), extra: Mapping[str, str] | None = None
    ) -> tuple[str, str]:
        """Return a code and its verifier; `rules` answer the pages of a first sign-in."""
        verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        parameters = {
            "client_id": self.party.client_id, "response_type": "code", "redirect_uri": REDIRECT_URI,
            "scope": self.scope or self.party.scope, "state": secrets.token_urlsafe(12),
            "nonce": secrets.token_urlsafe(12), "code_challenge": challenge, "code_challenge_method": "S256",
            **(extra or {}),
        }  # fmt: skip
        url = f"{self.party.endpoints['authorization_endpoint']}?{urlencode(parameters)}"
        answer = await self.web.get(url)
        for _ in range(_MOST_HOPS):
            if answer.status in _REDIRECTS:
                location = answer.header("location")
                if location.startswith(REDIRECT_URI):
                    return _code_of(location), verifier
                url = local(urljoin(self.party.origin + url, location))
                answer = await self.web.get(url)
            elif answer.status == 200 and rules:
                url, answer = await self._fill_in(url, answer, rules)
            else:
                raise _unexpected(f"authorization at {url.partition('?')[0]}", answer)
        raise LoadFailed("the authorization goes in circles")

    async def sign_in(self, rules: Sequence[FormRule], extra: Mapping[str, str] | None = None) -> None:
        """Sign in through the pages and hold the tokens."""
        code, verifier = await self.authorize(rules, extra)
        self.tokens = await self.redeem(code, verifier)

    async def hold_tokens(self) -> None:
        """Get tokens by the living session."""
        code, verifier = await self.authorize()
        self.tokens = await self.redeem(code, verifier)

    async def redeem(self, code: str, verifier: str) -> dict[str, str]:
        """Return the tokens of a code."""
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        tokens = await self._token({**fields, "code_verifier": verifier})
        if "id_token" not in tokens:
            raise LoadFailed("the token response has no ID token")
        return tokens

    async def userinfo(self, token: str) -> None:
        """Ask userinfo."""
        answer = await self.api.get(
            self.party.endpoints["userinfo_endpoint"], Authorization=f"Bearer {token}"
        )
        if answer.status != 200:
            raise _unexpected("userinfo", answer)

    def close(self) -> None:
        """Close both connections."""
        self.web.close()
        self.api.close()

    async def _token(self, fields: Mapping[str, str]) -> dict[str, str]:
        endpoint = self.party.endpoints["token_endpoint"]
        answer = await self.api.post(endpoint, fields, Authorization=self.party.basic)
        if answer.status != 200:
            raise _unexpected("token", answer)
        tokens: dict[str, str] = json.loads(answer.body)
        return tokens

    async def _fill_in(self, url: str, page: Answer, rules: Sequence[FormRule]) -> tuple[str, Answer]:
        for rule in rules:
            for form in forms_of(page.text):
                if rule.field in form.fields or rule.field in form.buttons:
                    action = local(urljoin(self.party.origin + url, form.action)) if form.action else url
                    more = rule.answer(page.text) if rule.answer is not None else {}
                    return action, await self.web.post(action, {**form.fields, **rule.values, **more})
        raise _unexpected(f"no rule for the page at {url}", page)


def _code_of(location: str) -> str:
    query = parse_qs(urlsplit(location).query)
    if "code" not in query:
        raise LoadFailed(f"no code but {location}")
    return query["code"][0]


def _unexpected(what: str, answer: Answer) -> LoadFailed:
    return LoadFailed(f"{what}: {answer.status} {answer.text[:300]}")
