"""Asking `may()` with the facts as they are now, and keeping the answer with what it was made from."""

from dataclasses import dataclass

from idp.domain.access import AccessFacts, Circumstances, Decision, Deny, Permit, may
from idp.domain.account import Account
from idp.domain.application import Application
from idp.domain.assurance import Proof
from idp.domain.audit import record
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.errors import Overtaken
from idp.domain.events import AccessDecided
from idp.domain.network import networks_of
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.trusted_devices import still_trusted


@dataclass(frozen=True, slots=True)
class MadeDecision:
    """A decision and everything it was made from."""

    decision: Decision
    facts: AccessFacts
    application: Application | None
    circumstances: Circumstances


def decide(
    uow: UnitOfWork,
    account: Account,
    proofs: tuple[Proof, ...],
    requirement: AuthenticationRequirement,
    occasion: Occasion,
) -> MadeDecision:
    """Decide with the facts of this unit of work; raises Overtaken if the application is gone."""
    application = None
    catalogue = uow.catalogue
    if requirement.application is not None:
        application = catalogue.applications.get(requirement.application)
        if application is None:
            raise Overtaken("the application was removed while somebody signed in to it")
    facts = uow.accounts.facts(account, occasion.now)
    proofs = still_trusted(uow, account, proofs, occasion.now)
    circumstances = Circumstances(occasion.now, networks_of(occasion.address, catalogue.networks), proofs)
    return MadeDecision(
        may(facts, application, requirement, circumstances), facts, application, circumstances
    )


def keep_refusal(uow: UnitOfWork, made: MadeDecision, occasion: Occasion) -> None:
    """Keep a refusal; the same one asked for again and again is kept once a minute, and counted."""
    application = made.application.id if made.application else "portal"
    why = made.decision.reasons[-1].code
    key = f"{AccessDecided.type} {made.facts.account.id} {application} {why}"
    if uow.floods.note(key, occasion.now):
        keep_decision(uow, made, occasion)


def keep_decision(uow: UnitOfWork, made: MadeDecision, occasion: Occasion) -> str:
    """Store a final decision and its audit record; return the decision's id."""
    decision = uow.decisions.add(
        made.facts,
        made.application,
        made.decision,
        made.circumstances.networks,
        made.circumstances.proofs,
        occasion.now,
    )
    outcome = "permit" if isinstance(made.decision, Permit) else "deny"
    reason = made.decision.reasons[-1].code if isinstance(made.decision, Deny) else ""
    record(
        uow.audit,
        AccessDecided(
            subject=made.facts.account.id,
            object=made.application.id if made.application else "portal",
            reason=reason,
            outcome=outcome,
            decision=decision,
        ),
        occasion,
    )
    return decision
