"""A change of signing keys that one can watch: publish, see who has fetched, switch partner by partner, switch back.

No partner is switched to a key that it has not fetched. One that reads the first certificate only is switched in the
moment of its fetch, by showing it the new key first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp.domain.audit import record
from idp.domain.events import KeyRotated
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.saml.keys import make_key
from idp.saml.provider import Provider
from idp.saml.services import Service
from idp.saml.store.connection import connection_of
from idp.saml.store.keys import KeyRows, Phase, StoredKey


class Refusal(StrEnum):
    """Why a step is not taken."""

    UNDER_WAY = "under_way"
    NO_SUCH_KEY = "no_such_key"
    NOT_FETCHED = "not_fetched"
    IN_USE = "in_use"


@dataclass(frozen=True, slots=True)
class Partner:
    """One partner in a change of keys."""

    service: Service
    fetched: Mapping[str, datetime]
    signs_with: str
    waits_for: str


@dataclass(frozen=True, slots=True)
class Watch:
    """Everything there is to see: the keys that are published, and each partner."""

    keys: tuple[StoredKey, ...]
    partners: tuple[Partner, ...]


def watch(provider: Provider, uow: UnitOfWork) -> Watch:
    """Return the keys and how far each partner is."""
    rows = KeyRows(connection_of(uow))
    keys = tuple(key for key in rows.all() if key.phase is not Phase.RETIRED)
    fetched = {key.id: rows.fetched(key.id) for key in keys}
    waiting = rows.partners(waiting=True)
    partners = []
    for service in provider.services.all(uow):
        application = service.application.id
        seen = {key: whom[application] for key, whom in fetched.items() if application in whom}
        signs = provider.keys.signing(uow, application, service.key_kind).id
        partners.append(Partner(service, seen, signs, waiting.get(application, "")))
    return Watch(keys, tuple(partners))


def publish(provider: Provider, algorithm: str, occasion: Occasion) -> Refusal | None:
    """Publish a new key beside the current one; nobody is signed for with it yet."""
    name = provider.about.organisation.name or "Portvakt"
    key = make_key(algorithm, Phase.NEXT, name, provider.sealer, occasion.now)
    with provider.database.write() as uow:
        if not KeyRows(connection_of(uow)).add(key):
            return Refusal.UNDER_WAY
        record(uow.audit, KeyRotated(object=key.id, reason=f"SAML: {algorithm} key published"), occasion)
    return None


def switch(
    uow: UnitOfWork, service: Service, key_id: str, occasion: Occasion, *, at_next_fetch: bool = False
) -> Refusal | None:
    """Sign for one partner with another published key, if it has fetched it or as soon as it does."""
    rows = KeyRows(connection_of(uow))
    key = _published(rows, key_id)
    application = service.application.id
    if key is None or key.algorithm != service.key_kind:
        return Refusal.NO_SUCH_KEY
    if not at_next_fetch and key.phase is Phase.NEXT and application not in rows.fetched(key_id):
        return Refusal.NOT_FETCHED
    chosen = None if key.phase is Phase.CURRENT else key_id
    rows.switch(application, chosen, occasion.now, at_next_fetch=at_next_fetch and chosen is not None)
    how = "from its next fetch on" if at_next_fetch else "from now on"
    told = KeyRotated(object=key_id, reason=f"SAML: signs for {service.application.name} {how}")
    record(uow.audit, told, occasion)
    return None


def finish(uow: UnitOfWork, provider: Provider, key_id: str, occasion: Occasion) -> Refusal | None:
    """Make a new key the current one, once every partner of its kind signs with it; the old stays published."""
    rows = KeyRows(connection_of(uow))
    key = _published(rows, key_id)
    if key is None or key.phase is not Phase.NEXT:
        return Refusal.NO_SUCH_KEY
    chosen = rows.partners()
    partners = [one for one in provider.services.all(uow) if one.key_kind == key.algorithm]
    if any(chosen.get(one.application.id) != key_id for one in partners):
        return Refusal.NOT_FETCHED
    old = next(one for one in rows.all() if one.algorithm == key.algorithm and one.phase is Phase.CURRENT)
    rows.move(old.id, Phase.CURRENT, Phase.PREVIOUS, occasion.now)
    rows.move(key_id, Phase.NEXT, Phase.CURRENT, occasion.now)
    rows.forget_partners(key_id)
    record(uow.audit, KeyRotated(object=key_id, reason="SAML: signs for everybody"), occasion)
    return None


def retire(uow: UnitOfWork, key_id: str, occasion: Occasion) -> Refusal | None:
    """Take an old key out of metadata and forget its private half, once nobody is signed for with it."""
    rows = KeyRows(connection_of(uow))
    if key_id in rows.partners().values():
        return Refusal.IN_USE
    if not rows.move(key_id, Phase.PREVIOUS, Phase.RETIRED, occasion.now):
        return Refusal.NO_SUCH_KEY
    record(uow.audit, KeyRotated(object=key_id, reason="SAML: retired"), occasion)
    return None


def _published(rows: KeyRows, key_id: str) -> StoredKey | None:
    return next((key for key in rows.all() if key.id == key_id and key.phase is not Phase.RETIRED), None)
