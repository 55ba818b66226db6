"""From settings to what SAML's room says about the installation. Composition like `app.py`: it decides nothing."""

from idp.saml.about import About, Contact
from idp.saml.contexts import Level
from idp.saml.people import Organisation
from idp.settings import Settings


def about_of(settings: Settings) -> About:
    """Return what SAML systems are told about the installation; raises ConfigurationError for levels not approved."""
    given = settings.saml
    return About(
        organisation=Organisation(
            settings.organisation, given.scope or settings.mail_domain, given.organisation_number
        ),
        entity_id=given.entity_id,
        titles=given.titles,
        descriptions=given.descriptions,
        logo=given.logo,
        website=given.website,
        privacy=given.privacy,
        contacts=tuple(Contact(one.kind, one.name, one.mail) for one in given.contacts),
        attributes=given.attributes,
        levels=tuple(Level(one.uri, one.approval, one.group) for one in given.levels),
        validity_hours=int(given.validity.total_seconds() // 3600),
        signed_requests=given.signed_requests,
    )
