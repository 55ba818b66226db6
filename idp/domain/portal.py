"""'Mina system': just what one may use, decided by the same function as everything else."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.domain.access import Circumstances, Decision, Deny, may
from idp.domain.application import Application
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.network import networks_of
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import LivingSession


@dataclass(frozen=True, slots=True)
class PortalEntry:
    """One application on a person's own page; a StepUp says that more proof will be asked."""

    application: Application
    decision: Decision


def my_applications(uow: UnitOfWork, living: LivingSession, occasion: Occasion) -> Sequence[PortalEntry]:
    """Return the applications that the person may use from here, by title."""
    catalogue = uow.catalogue
    facts = uow.accounts.facts(living.account, occasion.now)
    here = Circumstances(
        occasion.now, networks_of(occasion.address, catalogue.networks), living.session.proofs
    )
    entries = [
        PortalEntry(application, may(facts, application, AuthenticationRequirement(application.id), here))
        for application in catalogue.applications.values()
    ]
    shown = [entry for entry in entries if not isinstance(entry.decision, Deny)]
    return sorted(shown, key=lambda entry: entry.application.title.casefold())
