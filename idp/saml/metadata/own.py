"""Our own metadata (SAML metadata §2.4.3), built of pysaml2's elements and signed: for one partner or for anyone.

A partner that reads the first certificate only has to find there the one that signs for it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from saml2 import (
    ExtensionElement,
    SamlBase,
    element_to_extension_element,
    md,
    saml,
    xmldsig,
)
from saml2.extension import mdattr, mdui, shibmd

from idp.domain.handles import new_id
from idp.saml import vocabulary as words
from idp.saml.about import About
from idp.saml.contexts import APPROVED_ONLY, ASSURANCE_VALUES, DECLARED
from idp.saml.documents import parse_own
from idp.saml.instants import duration, written
from idp.saml.keys import SigningKey
from idp.saml.principal import TELLING
from idp.saml.provider import Provider
from idp.saml.responses import Signature, serialised
from idp.saml.signatures import sign, template

_CERTIFICATION = "urn:oasis:names:tc:SAML:attribute:assurance-certification"


def write_metadata(
    provider: Provider, keys: Sequence[SigningKey], signature: Signature, now: datetime
) -> bytes:
    """Return the signed EntityDescriptor with `keys` in their order."""
    about = provider.about
    valid = timedelta(hours=about.validity_hours)
    identifier = f"_{new_id()}"
    entity = md.EntityDescriptor(
        entity_id=provider.entity_id,
        id=identifier,
        valid_until=written(now + valid),
        cache_duration=duration(min(valid / 7, timedelta(hours=24))),
        extensions=_extensions([_entity_attributes(about)]),
        idpsso_descriptor=_role(provider, keys),
        organization=_organization(provider),
        contact_person=[
            md.ContactPerson(
                contact_type=one.kind,
                given_name=md.GivenName(text=one.name),
                email_address=[md.EmailAddress(text=f"mailto:{one.mail}")],
            )
            for one in about.contacts
        ],
    )
    root = parse_own(str(entity).encode("utf-8"))
    # The signature is the first child (§2.3.2); the template stands there to be filled.
    root.insert(
        0, parse_own(template(identifier, signature.algorithm, signature.certificate).encode("ascii"))
    )
    sign(root, signature.key)
    return serialised(root)


def _role(provider: Provider, keys: Sequence[SigningKey]) -> md.IDPSSODescriptor:
    about = provider.about
    both = (words.REDIRECT, words.POST)
    return md.IDPSSODescriptor(
        protocol_support_enumeration=words.SAMLP,
        want_authn_requests_signed="true" if about.signed_requests else "false",
        extensions=_role_extensions(provider),
        key_descriptor=[
            md.KeyDescriptor(
                use="signing",
                key_info=xmldsig.KeyInfo(
                    x509_data=xmldsig.X509Data(x509_certificate=xmldsig.X509Certificate(text=key.certificate))
                ),
            )
            for key in keys
        ],
        single_logout_service=[
            md.SingleLogoutService(binding=binding, location=provider.logout_url)
            for binding in (*both, words.SOAP_BINDING)
        ],
        name_id_format=[md.NameIDFormat(text=one) for one in (words.PERSISTENT, words.TRANSIENT)],
        single_sign_on_service=[
            md.SingleSignOnService(binding=binding, location=provider.sso_url) for binding in both
        ],
    )


def _role_extensions(provider: Provider) -> md.Extensions | None:
    extensions = _extensions([_ui_info(provider), *_scopes(provider.about)])
    if extensions is not None:
        # By which attributes a service may say whom it means (Principal Selection 1.0 §2.2).
        values = [ExtensionElement("MatchValue", words.PSC, {"Name": name}) for name in TELLING]
        extensions.extension_elements.append(
            ExtensionElement("RequestedPrincipalSelection", words.PSC, children=values)
        )
    return extensions


def _extensions(found: Iterable[SamlBase | None]) -> md.Extensions | None:
    elements = [element_to_extension_element(one) for one in found if one is not None]
    return md.Extensions(extension_elements=elements) if elements else None


def _entity_attributes(about: About) -> mdattr.EntityAttributes | None:
    values = {name: tuple(held) for name, held in about.attributes.items()}
    certified = tuple(
        level.uri
        for level in about.levels
        if not level.wrong()
        and level.uri in (*APPROVED_ONLY, *DECLARED)
        and level.uri not in ASSURANCE_VALUES
    )
    if certified:
        values[_CERTIFICATION] = tuple(dict.fromkeys((*values.get(_CERTIFICATION, ()), *certified)))
    if not values:
        return None
    return mdattr.EntityAttributes(
        attribute=[
            saml.Attribute(
                name=name,
                name_format=words.URI_NAME,
                attribute_value=[saml.AttributeValue(text=value) for value in held],
            )
            for name, held in values.items()
        ]
    )


def _ui_info(provider: Provider) -> mdui.UIInfo:
    about = provider.about
    languages = ("sv", "en")
    titles = about.titles or dict.fromkeys(languages, about.organisation.name or "Portvakt")
    return mdui.UIInfo(
        display_name=[mdui.DisplayName(lang=lang, text=text) for lang, text in titles.items()],
        description=[mdui.Description(lang=lang, text=text) for lang, text in about.descriptions.items()],
        logo=[mdui.Logo(text=about.logo, width="64", height="64")] if about.logo else [],
        information_url=[mdui.InformationURL(lang="sv", text=about.website)] if about.website else [],
        privacy_statement_url=(
            [mdui.PrivacyStatementURL(lang="sv", text=about.privacy)] if about.privacy else []
        ),
    )


def _scopes(about: About) -> list[SamlBase]:
    held = filter(None, (about.organisation.scope, about.organisation.number))
    return [shibmd.Scope(regexp="false", text=one) for one in held]


def _organization(provider: Provider) -> md.Organization:
    about = provider.about
    name = about.organisation.name or urlsplit(provider.issuer).netloc
    website = about.website or provider.issuer
    titles = about.titles or {"sv": name}
    return md.Organization(
        extensions=_organization_number(about),
        organization_name=[md.OrganizationName(lang=lang, text=name) for lang in titles],
        organization_display_name=[
            md.OrganizationDisplayName(lang=lang, text=text) for lang, text in titles.items()
        ],
        organization_url=[md.OrganizationURL(lang=lang, text=website) for lang in titles],
    )


def _organization_number(about: About) -> md.Extensions | None:
    """Return the number as Sweden Connect's metadata extension carries it."""
    number = about.organisation.number
    if not number:
        return None
    return md.Extensions(
        extension_elements=[ExtensionElement("OrganizationNumber", namespace=words.MD_EXT, text=number)]
    )
