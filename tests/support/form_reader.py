"""A visitor without script: reads a page's forms, fills them in and sends them, as a browser would."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from tests.support.sample_site import OUTSIDE, PASSWORD, SampleSite


@dataclass
class PageForm:
    """One form: where it goes, what it holds, and what each field may be filled in by."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    autocomplete: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[PageForm] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(PageForm(values["action"]))
        elif tag == "input" and self.found:
            self.found[-1].values[values["name"]] = values.get("value", "")
            self.found[-1].autocomplete[values["name"]] = values.get("autocomplete", "")


def forms(html: str) -> dict[str, PageForm]:
    """Return a page's forms by action."""
    reader = _Forms()
    reader.feed(html)
    return {form.action: form for form in reader.found}


class Visitor:
    """One browser at one address; `page` is what it shows."""

    def __init__(self, site: SampleSite, address: str = OUTSIDE, language: str = "en") -> None:
        self.site = site
        transport = httpx.ASGITransport(site.app, client=("127.0.0.1", 40000))
        headers = {"x-forwarded-for": address, "accept-language": language}
        self.http = httpx.AsyncClient(transport=transport, base_url=site.issuer, headers=headers)
        self.page: httpx.Response

    async def goto(self, path: str) -> httpx.Response:
        self.page = await self.http.get(path, follow_redirects=True)
        return self.page

    async def send(self, action: str, *, follow: bool = True, **fields: str) -> httpx.Response:
        """Fill in the form that goes to `action` and send it; a hyphen in a name is written as two underscores."""
        typed = {name.replace("__", "-"): value for name, value in fields.items()}
        values = forms(self.page.text)[action].values | typed
        self.page = await self.http.post(action, data=values, follow_redirects=follow)
        return self.page

    async def send_first(self, action: str, **fields: str) -> httpx.Response:
        """Send the first of several forms with one action."""
        head, _, rest = self.page.text.partition(f'action="{action}"')
        only = f'<form action="{action}"' + rest.split("</form>")[0]
        assert head
        values = forms(only)[action].values | fields
        self.page = await self.http.post(action, data=values, follow_redirects=True)
        return self.page

    async def sign_in(self, login: str, *, at: str = "/sign-in", code: bool = True) -> httpx.Response:
        await self.goto(at)
        await self.send("/sign-in/password", username=login, password=PASSWORD)
        if code and "/sign-in/code" in forms(self.page.text):
            await self.send("/sign-in/code", code=self.site.totp(login))
        return self.page

    @property
    def heading(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.page.text, re.DOTALL)
        return found.group(1).strip() if found else ""

    @property
    def problem(self) -> str:
        found = re.search(r'id="problem"[^>]*>\s*<p>(.*?)</p>', self.page.text, re.DOTALL)
        return found.group(1).strip() if found else ""

    @property
    def session(self) -> str | None:
        return self.http.cookies.get("__Host-portvakt_session")
