"""The table `[saml]` of `portvakt.toml`: what the installation says about itself to other organisations' systems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from idp.configuration.table_reader import TableReader

_CONTACTS = ("technical", "support", "administrative", "security")
_HOUR, _MONTH = timedelta(hours=1), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SamlContact:
    """Somebody to turn to."""

    kind: str
    name: str
    mail: str


@dataclass(frozen=True, slots=True)
class SamlLevel:
    """A level of assurance, the decision that allows it, and the group of those who were identified for it."""

    uri: str
    approval: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Saml:
    """What other organisations' systems read about us. `scope` is `mail_domain` unless it is given."""

    entity_id: str = ""
    scope: str = ""
    organisation_number: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    logo: str = ""
    website: str = ""
    privacy: str = ""
    signed_requests: bool = False
    validity: timedelta = timedelta(days=7)
    contacts: tuple[SamlContact, ...] = ()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    levels: tuple[SamlLevel, ...] = ()


def read_saml(reader: TableReader) -> Saml:
    number = reader.text("organisation_number", "")
    if number and not (number.isascii() and number.isdigit() and len(number) == 10):  # noqa: PLR2004 - its length
        reader.wrong("organisation_number", "ten digits without a hyphen")
    attributes = reader.inner("attributes")
    saml = Saml(
        entity_id=reader.text("entity_id", ""),
        scope=reader.text("scope", ""),
        organisation_number=number,
        titles=_texts(reader.inner("titles")),
        descriptions=_texts(reader.inner("descriptions")),
        logo=reader.text("logo", ""),
        website=reader.text("website", ""),
        privacy=reader.text("privacy", ""),
        signed_requests=reader.boolean("signed_requests", default=False),
        validity=reader.duration("validity", Saml().validity, least=_HOUR, most=_MONTH),
        contacts=tuple(_contact(inner, reader, kind) for kind, inner in reader.named("contacts").items()),
        attributes={name: attributes.texts(name) for name in attributes.table},
        levels=tuple(_level(inner) for inner in reader.named("levels").values()),
    )
    reader.finish()
    return saml


def _texts(reader: TableReader) -> dict[str, str]:
    return {language: reader.text(language) for language in reader.table}


def _contact(inner: TableReader, outer: TableReader, kind: str) -> SamlContact:
    if kind not in _CONTACTS:
        outer.problems.add(inner.key, f"expected one of {', '.join(_CONTACTS)}")
    contact = SamlContact(kind, inner.text("name"), inner.text("mail"))
    inner.finish()
    return contact


def _level(inner: TableReader) -> SamlLevel:
    level = SamlLevel(inner.text("uri"), inner.text("approval", ""), inner.text("group", ""))
    inner.finish()
    return level
