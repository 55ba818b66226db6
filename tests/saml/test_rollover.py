"""A change of keys with simulated partners: one reads the first certificate only, one caches metadata for a week."""

from datetime import timedelta

import pytest
from lxml import etree

from idp.saml.administration import rollover
from idp.saml.administration.rollover import Refusal
from idp.saml.documents import parse_own
from idp.saml.signatures import BadSignature, VerifyingKey, verify
from idp.saml.store.keys import Phase
from tests.saml.service import NAMES, Service, later
from tests.support.browsing import Forms


class Partner:
    """A service with habits: which certificates it reads, and how long it keeps metadata."""

    def __init__(
        self, site, credential, *, first_only: bool = False, keeps: timedelta = timedelta(0)
    ) -> None:
        self.site, self.first_only, self.keeps = site, first_only, keeps
        self.service = Service.connected(site, credential)
        self.certificates: list[str] = []
        self.fetched_at = None
        self.fetch()

    def fetch(self) -> None:
        root = parse_own(self.site.metadata(self.service.name).encode())
        found = [one.text for one in root.iterfind(".//md:IDPSSODescriptor//ds:X509Certificate", NAMES)]
        self.certificates = found[:1] if self.first_only else found
        self.fetched_at = self.site.now()

    def lets_in(self, account) -> bool:
        """Sign in; fetch first if what is kept is too old."""
        if self.site.now() - self.fetched_at >= self.keeps:
            self.fetch()
        import base64

        reply = self.service.ask(self.site.signed_in(account))
        form = next(form for form in Forms.read(reply.text) if "SAMLResponse" in form.fields)
        document = parse_own(base64.b64decode(form.fields["SAMLResponse"]))
        try:
            covered = verify(document, [VerifyingKey.of(one) for one in self.certificates])
        except BadSignature:
            return False
        return b"status:Success" in covered and b"Assertion" in covered


def key_in(site, phase: Phase):
    with site.place.database.read() as uow:
        seen = rollover.watch(site.provider, uow)
    return next((key for key in seen.keys if key.phase is phase and key.algorithm == "RSA"), None)


def step(site, act, *arguments, **options):
    with site.place.database.write() as uow:
        return act(uow, *arguments, site.place.occasion(), **options)


def switch(site, partner, key, **options):
    with site.place.database.write() as uow:
        service = site.provider.services.of_application(uow, site.place.applications[partner.service.name])
        return rollover.switch(uow, service, key.id, site.place.occasion(), **options)


@pytest.fixture
def alone(place, tmp_path):
    """A provider of its own: a change of keys concerns every service."""
    from tests.saml.site import Site
    from tests.support.served_site import serving

    with serving(Site, place, tmp_path) as site:
        place.now = site.now()
        site.metadata()
        yield site


def test_nobody_loses_a_sign_in(alone, credential):
    site = alone
    anna = site.person("anna")
    ordinary = Partner(site, credential)
    first_only = Partner(site, credential, first_only=True, keeps=timedelta(days=1))
    slow = Partner(site, credential, keeps=timedelta(days=7))
    partners = (ordinary, first_only, slow)

    def everybody() -> bool:
        return all(partner.lets_in(anna) for partner in partners)

    assert everybody()
    later(site, hours=1)
    assert rollover.publish(site.provider, "RSA", site.place.occasion()) is None
    assert rollover.publish(site.provider, "RSA", site.place.occasion()) is Refusal.UNDER_WAY
    new, old = key_in(site, Phase.NEXT), key_in(site, Phase.CURRENT)
    assert everybody()
    # One has fetched it; the others are refused the switch until they have.
    assert switch(site, slow, new) is Refusal.NOT_FETCHED
    assert switch(site, ordinary, new) is None
    assert everybody()
    assert switch(site, ordinary, old) is None
    assert everybody()
    assert switch(site, ordinary, new) is None
    assert step(site, rollover.finish, site.provider, new.id) is Refusal.NOT_FETCHED
    # The one that reads the first certificate only changes in the moment of its own fetch.
    assert switch(site, first_only, new, at_next_fetch=True) is None
    assert everybody()
    later(site, days=2)
    assert everybody()
    assert first_only.certificates == [new.certificate]
    assert switch(site, slow, new) is Refusal.NOT_FETCHED
    later(site, days=6)
    assert everybody()
    assert switch(site, slow, new) is None
    assert everybody()
    assert step(site, rollover.finish, site.provider, new.id) is None
    assert everybody()
    # Somebody still has trouble: back to the old key, which is published and kept until nobody needs it.
    assert switch(site, slow, old) is None
    assert everybody()
    assert step(site, rollover.retire, old.id) is Refusal.IN_USE
    assert switch(site, slow, new) is None
    assert step(site, rollover.retire, old.id) is None
    assert everybody()
    published = etree.tostring(parse_own(site.metadata().encode())).decode()
    assert old.certificate not in published
    assert new.certificate in published
