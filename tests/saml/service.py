"""A service provider of our own making: its metadata and its requests, for what real ones never send."""

import base64
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import xmlsec
from lxml import etree

from idp.domain.handles import new_id
from idp.saml import vocabulary as words
from idp.saml.documents import parse_own
from idp.saml.instants import written
from idp.saml.services import ServiceSettings
from idp.saml.signatures import VerifyingKey, sign, sign_bytes, template, verify
from tests.saml.credentials import Credential
from tests.saml.site import ANYONE, Site
from tests.support.browsing import Browser, Forms, Reply

NAMES = {"samlp": words.SAMLP, "saml": words.SAML, "ds": words.DS, "xenc": words.XENC, "md": words.MD}

PLAIN = ServiceSettings(encrypt=False)


@dataclass
class Service:
    """One service; every part of its metadata and requests can be bent."""

    site: Site
    credential: Credential
    entity_id: str = ""
    name: str = ""
    signs: bool = False
    attributes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def connected(
        cls,
        site: Site,
        credential: Credential,
        *,
        signs: bool = False,
        settings: ServiceSettings = PLAIN,
        policy: object = ANYONE,
        **bent: object,
    ) -> "Service":
        """Make a service and connect it."""
        host = site.unique("service")
        made = cls(site, credential, f"https://{host}.example/saml", signs=signs)
        made.name = site.connect(made.metadata(**bent), settings, policy, host)
        return made

    @property
    def acs(self) -> str:
        return f"{self.entity_id}/acs"

    def metadata(
        self,
        *,
        acs: str = "",
        logout: str = "",
        keys: bool = True,
        wants_assertions_signed: bool = False,
        requested: tuple[str, ...] = (),
        categories: tuple[str, ...] = (),
        formats: tuple[str, ...] = (),
        methods: tuple[str, ...] = (),
        valid_until: datetime | None = None,
        extra: str = "",
    ) -> str:
        """The service's metadata."""
        encryption = "".join(f'<md:EncryptionMethod Algorithm="{one}"/>' for one in methods)
        info = (
            f'<ds:KeyInfo xmlns:ds="{words.DS}"><ds:X509Data><ds:X509Certificate>{self.credential.certificate}'
            "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        )
        descriptor = f"<md:KeyDescriptor>{info}{encryption}</md:KeyDescriptor>" if keys else ""
        wanted = "".join(
            f'<md:RequestedAttribute Name="{name}" NameFormat="{words.URI_NAME}"/>' for name in requested
        )
        consuming = (
            f'<md:AttributeConsumingService index="0"><md:ServiceName xml:lang="en">S</md:ServiceName>{wanted}'
            "</md:AttributeConsumingService>"
            if requested
            else ""
        )
        values = "".join(f"<saml:AttributeValue>{one}</saml:AttributeValue>" for one in categories)
        extensions = (
            f'<md:Extensions><mdattr:EntityAttributes xmlns:mdattr="{words.MDATTR}">'
            f'<saml:Attribute xmlns:saml="{words.SAML}" Name="http://macedir.org/entity-category"'
            f' NameFormat="{words.URI_NAME}">{values}</saml:Attribute></mdattr:EntityAttributes></md:Extensions>'
            if categories
            else ""
        )
        until = f' validUntil="{written(valid_until)}"' if valid_until else ""
        return (
            f'<md:EntityDescriptor xmlns:md="{words.MD}" entityID="{self.entity_id}"{until}>{extensions}'
            f'<md:SPSSODescriptor protocolSupportEnumeration="{words.SAMLP}"'
            f' AuthnRequestsSigned="{str(self.signs).lower()}"'
            f' WantAssertionsSigned="{str(wants_assertions_signed).lower()}">{descriptor}{logout}'
            + "".join(f"<md:NameIDFormat>{one}</md:NameIDFormat>" for one in formats)
            + f'<md:AssertionConsumerService index="0" isDefault="true" Binding="{words.POST}"'
            f' Location="{acs or self.acs}"/>'
            f'<md:AssertionConsumerService index="7" Binding="{words.POST}" Location="{acs or self.acs}/seven"/>'
            f"{extra}{consuming}</md:SPSSODescriptor></md:EntityDescriptor>"
        )

    def request(self, inner: str = "", identifier: str = "", **attributes: str | None) -> str:
        """An AuthnRequest; None takes an attribute out."""
        values = {
            "ID": identifier or f"_{new_id()}",
            "Version": "2.0",
            "IssueInstant": written(self.site.now()),
            "Destination": f"{self.site.issuer}/saml/sso",
        } | attributes
        written_out = "".join(f' {name}="{value}"' for name, value in values.items() if value is not None)
        return (
            f'<samlp:AuthnRequest xmlns:samlp="{words.SAMLP}" xmlns:saml="{words.SAML}"{written_out}>'
            f"<saml:Issuer>{self.entity_id}</saml:Issuer>{inner}</samlp:AuthnRequest>"
        )

    def signed(
        self, document: str, credential: Credential | None = None, algorithm: str = words.RSA_SHA256
    ) -> str:
        """The document with an enveloped signature."""
        by = credential or self.credential
        root = parse_own(document.encode())
        root.insert(1, parse_own(template(root.get("ID"), algorithm, by.certificate).encode()))
        sign(root, by.key)
        return etree.tostring(root).decode()

    def query(
        self, document: str, relay_state: str = "", *, signed: bool = False, parameter: str = "SAMLRequest"
    ) -> str:
        """The query of a Redirect message."""
        parts = [f"{parameter}={quote(deflated(document), safe='')}"]
        if relay_state:
            parts.append(f"RelayState={quote(relay_state, safe='')}")
        if signed:
            parts.append(f"SigAlg={quote(words.RSA_SHA256, safe='')}")
            signature = sign_bytes("&".join(parts).encode(), self.credential.key, words.RSA_SHA256)
            parts.append(f"Signature={quote(signature, safe='')}")
        return "&".join(parts)

    def ask(
        self, browser: Browser, inner: str = "", relay_state: str = "", **attributes: str | None
    ) -> Reply:
        """Send a request by Redirect, signed if this service signs."""
        query = self.query(self.request(inner, **attributes), relay_state, signed=self.signs)
        return browser.get(f"/saml/sso?{query}")

    def post(self, browser: Browser, document: str, **fields: str) -> Reply:
        """Send a request by POST as another site's page does: the browser keeps its Lax cookies back."""
        stranger = Browser(browser.issuer, browser.address)
        sent = {"SAMLRequest": base64.b64encode(document.encode()).decode(), **fields}
        reply = stranger.post("/saml/sso", sent)
        if reply.status != 303:
            return reply
        return browser.get(reply.location)

    def answer(self, reply: Reply) -> "Answer":
        """The response in a page's form, verified with the provider's keys."""
        return Answer.read(self, reply)


def deflated(document: str) -> str:
    """Compressed and in base64."""
    packer = zlib.compressobj(wbits=-15)
    return base64.b64encode(packer.compress(document.encode()) + packer.flush()).decode()


@dataclass
class Answer:
    """A verified response: what a careful service reads in it."""

    root: object
    action: str
    relay_state: str
    document: bytes

    @classmethod
    def read(cls, service: Service, reply: Reply) -> "Answer":
        forms = [form for form in Forms.read(reply.text) if "SAMLResponse" in form.fields]
        assert forms, f"{reply.status} {reply.location} {reply.text[:3000]}"
        form = forms[-1]
        document = base64.b64decode(form.fields["SAMLResponse"])
        metadata = parse_own(service.site.metadata(service.name).encode())
        certificate = metadata.find(".//ds:X509Certificate", {**NAMES}).text
        keys = [
            VerifyingKey.of(found.text)
            for found in metadata.iterfind(".//md:IDPSSODescriptor//ds:X509Certificate", NAMES)
        ]
        assert certificate
        if b"<saml:Assertion" in document and document.count(b"<ds:SignatureValue>") > 1:
            # Verified as most services do it: the response as a whole, with the assertion's signature in it.
            covered = _verified_by_any(document, keys)
        else:
            covered = verify(parse_own(document), keys)
        return cls(parse_own(covered), form.action, form.fields.get("RelayState", ""), document)

    def text(self, path: str) -> str:
        found = self.root.find(path, NAMES)
        return "" if found is None else (found.text or "")

    def get(self, path: str, name: str) -> str:
        found = self.root if path == "." else self.root.find(path, NAMES)
        return "" if found is None else found.get(name) or ""

    @property
    def codes(self) -> list[str]:
        return [
            found.get("Value").rpartition(":")[2]
            for found in self.root.iterfind(".//samlp:StatusCode", NAMES)
        ]

    @property
    def name_id(self) -> str:
        return self.text(".//saml:NameID")

    @property
    def context(self) -> str:
        return self.text(".//saml:AuthnContextClassRef")

    @property
    def attributes(self) -> dict[str, list[str]]:
        return {
            found.get("FriendlyName"): [value.text for value in found.iterfind("saml:AttributeValue", NAMES)]
            for found in self.root.iterfind(".//saml:Attribute", NAMES)
        }


def _verified_by_any(document: bytes, keys: list[VerifyingKey]) -> bytes:
    for one in keys:
        root = parse_own(document)
        xmlsec.tree.add_ids(root, ["ID"])
        for signature in root.iter(f"{{{words.DS}}}Signature"):
            context = xmlsec.SignatureContext()
            context.key = one.key
            context.verify(signature)
        return document
    raise AssertionError("no key")


def later(site: Site, **by: float) -> None:
    """Move the site's clock."""
    site.moved += timedelta(**by)


def journey_of(reply: Reply) -> str:
    """The handle of the sign-in that a reply leads to."""
    parts = urlsplit(reply.location)
    assert parts.path == "/sign-in", f"{reply.status} {reply.location} {reply.text[:2000]}"
    return parts.query


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)
