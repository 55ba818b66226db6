"""Who we are in SAML: what metadata says about us, and which levels of assurance we may say of whom. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.domain.errors import ConfigurationError
from idp.saml.contexts import Level
from idp.saml.people import Organisation


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to turn to (SAML metadata §2.3.2.2): technical, support, administrative or security."""

    kind: str
    name: str
    mail: str


@dataclass(frozen=True, slots=True)
class About:
    """What metadata says about us; by language where people read it.

    Attributes:
        entity_id: our name in SAML; "" is the address of our metadata.
        validity_hours: how long partners may keep our metadata.
        attributes: entity attributes of ours: name to values (categories, certifications, opt-ins).
        levels: levels of assurance that may be said of whom.
    """

    organisation: Organisation = field(default_factory=Organisation)
    entity_id: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    logo: str = ""
    website: str = ""
    privacy: str = ""
    contacts: tuple[Contact, ...] = ()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    levels: tuple[Level, ...] = ()
    validity_hours: int = 7 * 24
    signed_requests: bool = False

    def __post_init__(self) -> None:
        wrong = [f"saml.levels: {level.uri}: {level.wrong()}" for level in self.levels if level.wrong()]
        if wrong:
            raise ConfigurationError("\n".join(wrong))
