"""Reads a service provider's metadata (SAML metadata §2.4) into a frozen value, with what is odd about it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from saml2 import md

from idp.saml import instants
from idp.saml import vocabulary as words
from idp.saml.documents import Element, UnreadableDocument, parse_metadata
from idp.saml.metadata.certificates import read_certificate
from idp.saml.metadata.service import (
    Certificate,
    EncryptionKey,
    Endpoint,
    RequestedAttribute,
    ServiceMetadata,
)
from idp.saml.requests import flag, index, text_of, unique
from idp.saml.signatures import BadSignature, VerifyingKey, canonical
from idp.web.marking import mark

_MOST_ENDPOINTS = 200
_LONGEST_ENTITY_ID = 1024
_LOOPBACK = ("localhost", "127.", "[::1]")


class UnusableMetadata(ValueError):
    """Metadata that cannot be used; the text is for people: a msgid, and the values in it."""

    def __init__(self, msgid: str, **values: object) -> None:
        super().__init__(msgid.format(**values))
        self.msgid, self.values = msgid, values

    def words(self, translate: Callable[[str], str]) -> str:
        """Return the text in another language."""
        return translate(self.msgid).format(**self.values)


def read_service(document: bytes, entity_id: str = "") -> ServiceMetadata:
    """Return the service in `document`; raises UnusableMetadata.

    Args:
        document: an EntityDescriptor, or an EntitiesDescriptor with the one that is meant among them.
        entity_id: which one is meant; "" if there is only one.
    """
    try:
        return service_in(parse_metadata(document), entity_id)
    except UnreadableDocument as error:
        raise UnusableMetadata(_SENTENCES.get(error.code, _NOT_XML)) from error


def service_in(root: Element, entity_id: str = "") -> ServiceMetadata:
    """Return the service in a parsed document; raises UnusableMetadata."""
    found = [one for one in _descriptors(root) if not entity_id or one.get("entityID") == entity_id]
    if len(found) != 1:
        raise UnusableMetadata(_SEVERAL if found else _NONE)
    valid_until = _valid_until(root, found[0])
    try:
        descriptor = md.entity_descriptor_from_string(canonical(found[0]))
        return _service(descriptor, valid_until, found[0])
    except (UnreadableDocument, AttributeError, TypeError) as error:
        raise UnusableMetadata(mark("A value in it is not of its kind.")) from error


def _descriptors(root: Element) -> Iterator[Element]:
    if root.tag not in (f"{{{words.MD}}}EntityDescriptor", f"{{{words.MD}}}EntitiesDescriptor"):
        raise UnusableMetadata(mark("Its root is neither EntityDescriptor nor EntitiesDescriptor."))
    for entity in root.iter(f"{{{words.MD}}}EntityDescriptor"):
        if entity.find(f"{{{words.MD}}}SPSSODescriptor") is not None:
            yield entity


def _valid_until(*elements: Element) -> datetime | None:
    texts = [element.get("validUntil") for element in elements]
    moments = [instants.read(text) for text in texts if text]
    if None in moments:
        raise UnusableMetadata(mark("Its validUntil is not a moment in UTC."))
    return min((one for one in moments if one is not None), default=None)


def _service(
    descriptor: md.EntityDescriptor, valid_until: datetime | None, element: Element
) -> ServiceMetadata:
    entity_id = (descriptor.entity_id or "").strip()
    if not entity_id or len(entity_id) > _LONGEST_ENTITY_ID:
        raise UnusableMetadata(mark("It has no entity ID, or one that is too long."))
    role = descriptor.spsso_descriptor[0]
    oddities: list[str] = []
    signing, encryption = _keys(role, oddities)
    consumers = tuple(_endpoints(role.assertion_consumer_service, oddities))
    if not any(one.binding == words.POST for one in consumers):
        raise UnusableMetadata(mark("It has no AssertionConsumerService that takes HTTP-POST."))
    logouts = tuple(_endpoints(role.single_logout_service, oddities))
    signs_requests = flag(role.authn_requests_signed)
    if signs_requests and not signing:
        raise UnusableMetadata(
            mark("It says that requests are signed, but holds no key to verify them with.")
        )
    if not logouts:
        oddities.append("no_logout")
    if valid_until is None:
        oddities.append("no_valid_until")
    return ServiceMetadata(
        entity_id=entity_id,
        consumers=consumers,
        logouts=logouts,
        signing=signing,
        verifying=tuple(_verifying(signing)),
        encryption=encryption,
        name_id_formats=unique(text_of(one) for one in role.name_id_format),
        signs_requests=signs_requests,
        wants_assertions_signed=flag(role.want_assertions_signed),
        requested=_requested(role),
        categories=_categories(element),
        signing_methods=unique(
            found.get("Algorithm") or "" for found in element.iter(f"{{{words.MDALG}}}SigningMethod")
        ),
        titles=_titles(element),
        valid_until=valid_until,
        oddities=unique(oddities),
    )


def _endpoints(found: Iterable[md.EndpointType_], oddities: list[str]) -> Iterator[Endpoint]:
    for count, one in enumerate(found):
        if count >= _MOST_ENDPOINTS:
            raise UnusableMetadata(
                mark("It has more than {most} endpoints of one kind."), most=_MOST_ENDPOINTS
            )
        location, answers = one.location or "", one.response_location or ""
        for address in filter(None, (location, answers)):
            _check_location(address)
            if address.startswith("http:"):
                oddities.append("plain_http")
        if not location:
            raise UnusableMetadata(mark("An endpoint has no Location."))
        yield Endpoint(
            binding=one.binding or "",
            location=location,
            response_location=answers,
            index=index(getattr(one, "index", None)),
            default=flag(getattr(one, "is_default", None)),
        )


def _check_location(address: str) -> None:
    """Take only web addresses: `javascript:` or `data:` would run in the person's browser (F69)."""
    try:
        parts = urlsplit(address)
        known = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        known, parts = False, urlsplit("")
    plain = address.isascii() and address.isprintable() and not set(address) & set(" \"'<>\\^`{|}")
    local = parts.scheme == "http" and parts.netloc.startswith(_LOOPBACK)
    if not (known and plain and (parts.scheme == "https" or local)) or "@" in parts.netloc or parts.fragment:
        raise UnusableMetadata(
            mark("An endpoint is not an https:// address: {address}"), address=f"{address!r:.120}"
        )


def _keys(
    role: md.SPSSODescriptor, oddities: list[str]
) -> tuple[tuple[Certificate, ...], tuple[EncryptionKey, ...]]:
    signing: list[Certificate] = []
    encryption: list[EncryptionKey] = []
    for descriptor in role.key_descriptor:
        algorithms = unique(one.algorithm or "" for one in descriptor.encryption_method)
        data = descriptor.key_info.x509_data if descriptor.key_info else []
        for text in (text_of(one.x509_certificate) for one in data if one.x509_certificate):
            certificate = read_certificate(text)
            if certificate is None:
                oddities.append("weak_key")
                continue
            if descriptor.use in (None, "", "signing"):
                signing.append(certificate)
            if descriptor.use in (None, "", "encryption") and certificate.kind == "RSA":
                encryption.append(EncryptionKey(certificate, algorithms))
    if not signing:
        oddities.append("no_signing_key")
    return tuple(signing), tuple(encryption)


def _verifying(certificates: Sequence[Certificate]) -> Iterator[VerifyingKey]:
    for one in certificates:
        try:
            yield VerifyingKey.of(one.base64)
        except BadSignature:
            continue


def _requested(role: md.SPSSODescriptor) -> tuple[RequestedAttribute, ...]:
    services = role.attribute_consuming_service
    chosen = next((one for one in services if flag(one.is_default)), services[0] if services else None)
    if chosen is None:
        return ()
    return tuple(
        RequestedAttribute(one.name or "", one.friendly_name or "", flag(one.is_required))
        for one in chosen.requested_attribute
    )


def _categories(element: Element) -> frozenset[str]:
    """Return the values of the entity-category attribute (RFC 8409), and those that name subject identifiers."""
    return frozenset(
        (value.text or "").strip()
        for attribute in element.iter(f"{{{words.SAML}}}Attribute")
        if attribute.get("Name")
        in ("http://macedir.org/entity-category", "urn:oasis:names:tc:SAML:profiles:subject-id:req")
        for value in attribute.iter(f"{{{words.SAML}}}AttributeValue")
    )


def _titles(element: Element) -> dict[str, str]:
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    return {
        (one.get(lang) or "en")[:8]: " ".join((one.text or "").split())[:200]
        for one in element.iter(f"{{{words.MDUI}}}DisplayName")
    }


_NONE = mark("Expected the metadata of one service provider, found none.")
_SEVERAL = mark("Expected the metadata of one service provider, found several: say which by its entity ID.")
_NOT_XML = mark("It is not well-formed XML.")
_SENTENCES = {
    "too_large": mark("It is larger than we read."),
    "too_many_parts": mark("It has more elements or attributes than we read."),
    "markup_not_allowed": mark("It holds a document type, entities or CDATA, which we do not read."),
    "not_utf8": mark("It is not in UTF-8."),
    "duplicate_id": mark("It uses one ID twice."),
    "relative_namespace": mark("It uses a namespace that is not an absolute name."),
}
