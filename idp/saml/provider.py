"""What every endpoint of the room stands on, built once: who we are in SAML, our keys, the services we know."""

from dataclasses import dataclass, field

from idp.domain.ports import Database, Sealer, UnitOfWork
from idp.saml import vocabulary as words
from idp.saml.about import About
from idp.saml.keys import SamlKeys
from idp.saml.responses import Signature
from idp.saml.services import Service
from idp.saml.store.services import ServiceRegister


@dataclass(frozen=True, slots=True)
class Provider:
    """The identity provider: every URL of ours begins with `issuer`, the public origin (statement B8)."""

    issuer: str
    database: Database
    sealer: Sealer
    keys: SamlKeys
    services: ServiceRegister
    about: About = field(default_factory=About)

    @property
    def entity_id(self) -> str:
        """Our name in SAML."""
        return self.about.entity_id or f"{self.issuer}{words.METADATA_PATH}"

    @property
    def sso_url(self) -> str:
        """Where requests come in."""
        return f"{self.issuer}{words.SSO_PATH}"

    @property
    def logout_url(self) -> str:
        """Where logout requests and responses come in."""
        return f"{self.issuer}{words.LOGOUT_PATH}"

    def signature_for(self, uow: UnitOfWork, service: Service) -> Signature:
        """Return how messages to a service are signed now."""
        key = self.keys.signing(uow, service.application.id, service.key_kind)
        return Signature(key.key, key.certificate, service.signature_algorithm)
