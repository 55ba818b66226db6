"""pysaml2's own service provider, with its stock backend: an independent reader of what we send."""

import warnings
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from saml2.client import Saml2Client
    from saml2.config import SPConfig
    from saml2.metadata import entity_descriptor

from idp.saml import vocabulary as words
from idp.saml.services import ServiceSettings
from tests.saml.credentials import Credential
from tests.saml.site import Site
from tests.support.browsing import Browser, Forms


class PySaml2Service:
    """A service provider made of pysaml2."""

    def __init__(
        self,
        site: Site,
        credential: Credential,
        folder: Path,
        settings: ServiceSettings,
        *,
        signs: bool = False,
    ) -> None:
        self.site, self.folder = site, folder
        self.name = site.unique("pysaml")
        self.entity_id = f"https://{self.name}.example/saml"
        self.options = {
            "entityid": self.entity_id,
            "xmlsec_binary": "/usr/bin/xmlsec1",
            "key_file": str(credential.key_file),
            "cert_file": str(credential.certificate_file),
            "encryption_keypairs": [
                {"key_file": str(credential.key_file), "cert_file": str(credential.certificate_file)}
            ],
            "allow_unknown_attributes": True,
            "service": {
                "sp": {
                    "endpoints": {
                        "assertion_consumer_service": [(f"{self.entity_id}/acs", words.POST)],
                        "single_logout_service": [
                            (f"{self.entity_id}/slo", words.REDIRECT),
                            (f"{self.entity_id}/slo", words.POST),
                        ],
                    },
                    "authn_requests_signed": signs,
                    "logout_requests_signed": True,
                    "want_response_signed": True,
                    "want_assertions_signed": False,
                    "name_id_format": [words.PERSISTENT],
                }
            },
        }
        connected = str(entity_descriptor(SPConfig().load(dict(self.options))))
        self.application = site.connect(connected, settings, name=self.name)
        published = folder / f"{self.name}.xml"
        published.write_text(site.metadata(self.application))
        self.client = Saml2Client(SPConfig().load({**self.options, "metadata": {"local": [str(published)]}}))
        self.idp = next(iter(self.client.metadata.identity_providers()))

    def sign_in(self, browser: Browser, binding: str = words.REDIRECT, **options: object):
        """Sign in to the service and return what pysaml2 reads in the response."""
        identifier, info = self.client.prepare_for_authenticate(
            self.idp,
            relay_state="back",
            binding=binding,
            sigalg=words.RSA_SHA256,
            digest_alg=words.SHA256,
            **options,
        )
        if binding == words.REDIRECT:
            reply = browser.get(dict(info["headers"])["Location"].removeprefix(self.site.issuer))
        else:
            form = Forms.read(str(info["data"]))[0]
            reply = Browser(self.site.issuer).post("/saml/sso", form.fields)
            reply = browser.get(reply.location)
        form = next((one for one in Forms.read(reply.text) if "SAMLResponse" in one.fields), None)
        assert form is not None, f"{reply.status} {reply.text[:3000]}"
        assert form.fields["RelayState"] == "back"
        return self.client.parse_authn_request_response(
            form.fields["SAMLResponse"], words.POST, {identifier: "/"}
        )
