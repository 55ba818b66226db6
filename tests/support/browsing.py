"""A browser for tests over real HTTP: keeps cookies as Chromium does, follows nothing by itself, reads forms."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from idp.domain.handles import SessionId
from tests.support.place import OUTSIDE

#: One client for all: making its TLS context takes longer than most tests. It keeps no cookies of its own.
HTTP = httpx.Client(limits=httpx.Limits(max_connections=None, max_keepalive_connections=50))


@dataclass
class Reply:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.location).query, keep_blank_values=True))

    def json(self) -> dict:
        return json.loads(self.text)


class Browser:
    """A browser that keeps `__Host-` cookies on http loopback, as Chromium does, and follows nothing by itself."""

    def __init__(self, issuer: str, address: str = OUTSIDE) -> None:
        self.issuer, self.address = issuer, address
        self.cookies: dict[str, str] = {}
        self.session_id: SessionId = SessionId("")

    def get(self, path: str, **headers: str) -> Reply:
        return self._send("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Reply:
        return self._send("POST", path, fields, headers)

    def submit(self, page: Reply, **answers: str) -> Reply:
        """Send the page's last form with its hidden fields and these answers."""
        form = Forms.read(page.text)[-1]
        return self.post(form.action, {**form.fields, **answers})

    def _send(self, method: str, path: str, fields: dict[str, str] | None, headers: dict[str, str]) -> Reply:
        sent = {"x-forwarded-for": self.address, "accept-language": "en", **headers}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        content = None
        if fields is not None:
            content = urlencode(fields)
            sent["content-type"] = "application/x-www-form-urlencoded"
        url = path if path.startswith("http") else self.issuer + path
        answer = HTTP.request(method, url, headers=sent, content=content, timeout=30)
        HTTP.cookies.clear()
        for cookie in answer.headers.get_list("set-cookie"):
            name, _, rest = cookie.partition("=")
            value = rest.partition(";")[0]
            if "max-age=0" in cookie.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return Reply(answer.status_code, dict(answer.headers), answer.text)


@dataclass
class PageForm:
    """A form on a page: where it goes, and what it already holds."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[PageForm] = []

    @classmethod
    def read(cls, html: str) -> list[PageForm]:
        reader = cls()
        reader.feed(html)
        return reader.found

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if tag == "form":
            self.found.append(PageForm(values.get("action") or ""))
        elif tag == "input" and self.found and values.get("type") == "hidden":
            self.found[-1].fields[values["name"] or ""] = values.get("value") or ""
