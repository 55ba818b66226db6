"""SAML services on the sample site, with their requests: for tests of pages and for pictures."""

import tempfile
from pathlib import Path

from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance
from idp.saml import vocabulary as words
from idp.saml.services import ServiceSettings
from idp.saml.store.services import write_service
from tests.saml.credentials import Credential
from tests.saml.service import Service
from tests.support.sample_site import SampleSite

ANYBODY = Policy(Audience(everyone=True), assurance=Assurance.ONE_FACTOR)
CONNECTED = "http://id.swedenconnect.se/general-ec/1.0/public-sector-sp"
CATEGORIES = {"consenting": (CONNECTED,), "signing": (words.SIGNATURE_SERVICE,)}
TITLES = {"consenting": "Bygglov", "signing": "Underskrift", "closed": "Lönesystemet", "leaving": "Bokningar"}
ATTRIBUTES = ("displayName", "givenName", "sn", "mail", "eduPersonPrincipalName")
_held: list[Credential] = []


def credential() -> Credential:
    """The services' key, whose certificate ends soon; made once."""
    if not _held:
        _held.append(Credential.make(Path(tempfile.mkdtemp()), "RSA", days=30))
    return _held[0]


def saml_service(site: SampleSite, name: str) -> Service:
    """A service of this name, connected once."""
    entity = f"https://{name}.sundby.example/saml"
    made = Service(site, credential(), entity, name, signs=name == "signing")
    if name in site.systems:
        return made
    policy = Policy(Audience()) if name == "closed" else ANYBODY
    title = TITLES.get(name, name.title())
    identifier = site.add_system(name, title, policy, protocol="saml", url=f"https://{name}.sundby.example/")
    logout = f'<md:SingleLogoutService Binding="{words.REDIRECT}" Location="{entity}/slo"/>'
    metadata = made.metadata(
        logout=logout, categories=CATEGORIES.get(name, ()), requested=("urn:oid:2.5.4.42",)
    )
    with site.database.write() as uow:
        write_service(
            uow, identifier, entity, metadata, ServiceSettings(attributes=ATTRIBUTES, encrypt=False)
        )
    return made
