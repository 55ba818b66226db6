"""A SAML service provider and its visitors' browsers: what one unit of a load on an identity provider is.

One unit is a request of the service by Redirect and the page with the signed response in it, in a living session.
Works with any identity provider whose sign-in is plain HTML forms.
"""

import base64
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urljoin

from bench.html_forms import form_with
from bench.http_client import Answer, Browser, local
from bench.load import LoadFailed
from bench.relying_party import FormRule

ENTITY, CONSUMER = "https://sp.example.test/saml", "https://sp.example.test/acs"
_SAML = "urn:oasis:names:tc:SAML:2.0"
METADATA = (
    f'<md:EntityDescriptor xmlns:md="{_SAML}:metadata" entityID="{ENTITY}">'
    f'<md:SPSSODescriptor protocolSupportEnumeration="{_SAML}:protocol">'
    f"<md:NameIDFormat>{_SAML}:nameid-format:persistent</md:NameIDFormat>"
    f'<md:AssertionConsumerService index="0" Binding="{_SAML}:bindings:HTTP-POST" Location="{CONSUMER}"/>'
    "</md:SPSSODescriptor></md:EntityDescriptor>"
)
_MOST_HOPS = 10


@dataclass
class ServiceVisit:
    """One person's browser on its way from the service; `sso` is the local path of the provider's endpoint."""

    browser: Browser
    sso: str

    async def round(self) -> None:
        """Ask with a living session and get the response at once."""
        answer = await self.browser.get(self._request())
        if answer.status != 200 or b"SAMLResponse" not in answer.body:
            raise _unexpected("single sign-on", answer)

    async def sign_in(self, rules: Sequence[FormRule]) -> None:
        """Ask, and sign in on the pages that come."""
        url = self._request()
        answer = await self.browser.get(url)
        for _ in range(_MOST_HOPS):
            if answer.status in (301, 302, 303, 307):
                url = local(urljoin(self.browser.origin + url, answer.header("location")))
                answer = await self.browser.get(url)
            elif b"SAMLResponse" in answer.body:
                return
            else:
                url, answer = await self._filled_in(url, answer, rules)
        raise LoadFailed("the sign-in goes in circles")

    async def _filled_in(self, url: str, answer: Answer, rules: Sequence[FormRule]) -> tuple[str, Answer]:
        for rule in rules:
            try:
                form = form_with(answer.text, rule.field)
            except LookupError:
                continue
            url = local(urljoin(self.browser.origin + url, form.action or url))
            return url, await self.browser.post(url, {**form.fields, **rule.values})
        raise _unexpected("the sign-in", answer)

    def _request(self) -> str:
        """A new AuthnRequest by HTTP-Redirect, unsigned (bindings §3.4)."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        document = (
            f'<samlp:AuthnRequest xmlns:samlp="{_SAML}:protocol" xmlns:saml="{_SAML}:assertion"'
            f' ID="_{secrets.token_hex(16)}" Version="2.0" IssueInstant="{now}"'
            f' AssertionConsumerServiceURL="{CONSUMER}"><saml:Issuer>{ENTITY}</saml:Issuer></samlp:AuthnRequest>'
        )
        packer = zlib.compressobj(wbits=-15)
        packed = base64.b64encode(packer.compress(document.encode()) + packer.flush()).decode()
        return f"{self.sso}?SAMLRequest={quote(packed, safe='')}"


def _unexpected(what: str, answer: Answer) -> LoadFailed:
    return LoadFailed(f"{what} answered {answer.status}: {answer.text[:300]}")
