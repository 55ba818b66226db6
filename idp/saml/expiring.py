"""Certificates that are about to end, on either side: those who answer for them are told weeks ahead, step by step.

Certificates in SAML carry keys and their dates bind nobody here (SAML metadata interoperability §2.5); some partners
read them all the same, and then signing in stops on a day that could have been known.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from idp.domain.handles import new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.warnings import Ahead, Kind, warn
from idp.saml.provider import Provider
from idp.saml.store.connection import connection_of
from idp.saml.store.warnings import first_told

#: How many days ahead somebody is told; each once.
STEPS = (56, 28, 14, 7, 1)
_SHOWN = 16


def warn_ahead(provider: Provider, now: datetime) -> int:
    """Warn of every certificate that has reached a new step; return how many those are."""
    occasion = Occasion(now, new_id(), Actor(ActorKind.JOB, "saml-certificates"))
    warned = 0
    with provider.database.write() as uow:
        for fingerprint, ahead in _ending(provider, uow):
            step = step_of(ahead.ends_at - now)
            if step is None or not first_told(connection_of(uow), fingerprint, step, now):
                continue
            warn(uow, ahead, occasion)
            warned += 1
    return warned


def step_of(left: timedelta) -> int | None:
    """Return the step that the time left has reached, None if there is time enough, or if it has ended."""
    if left <= timedelta(0):
        return None
    return min((days for days in STEPS if left <= timedelta(days=days)), default=None)


def _ending(provider: Provider, uow: UnitOfWork) -> Iterator[tuple[str, Ahead]]:
    """Yield every certificate that counts: those of systems that are open, and of our keys that still sign."""
    for service in provider.services.all(uow):
        if not service.application.enabled:
            continue
        application = service.application.id
        for one in service.certificates():
            # The same certificate at two systems concerns two owners.
            mark = f"{application[:16]}{one.fingerprint[:48]}"
            name = one.fingerprint[:_SHOWN]
            yield mark, Ahead(Kind.PARTNERS_CERTIFICATE, name, one.expires_at, application)
    signing = {
        provider.keys.signing(uow, one.application.id, one.key_kind).id for one in provider.services.all(uow)
    }
    for key in provider.keys.published(uow):
        if key.id in signing:
            yield key.id, Ahead(Kind.OWN_KEY, key.id[:8], key.expires_at)
