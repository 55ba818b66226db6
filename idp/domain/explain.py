"""Why somebody can, or cannot, use an application: the very decision, with its reasons in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import mfa
from idp.domain.access import Circumstances, Decision, Permit, StepUp, may
from idp.domain.account import Account
from idp.domain.application import Application
from idp.domain.assurance import Method, Proof
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.network import networks_of
from idp.domain.occasion import IpAddress, Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.reasons import sentence


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision for the account with nothing proved yet, and whether it could prove what is asked."""

    decision: Decision
    networks: frozenset[str]
    sentences: Sequence[str]
    has_second_factor: bool

    @property
    def can_get_in(self) -> bool:
        """Whether the account, proving all it can, would be let in."""
        if isinstance(self.decision, Permit):
            return True
        return isinstance(self.decision, StepUp) and self.has_second_factor


def explain(
    uow: UnitOfWork,
    account: Account,
    application: Application,
    address: IpAddress | None,
    occasion: Occasion,
) -> Explanation:
    """Explain access for `account` from `address`, supposing the right password is given."""
    here = networks_of(address, uow.catalogue.networks)
    facts = uow.accounts.facts(account, occasion.now)
    proofs = (Proof(Method.PASSWORD, occasion.now),)
    decision = may(
        facts,
        application,
        AuthenticationRequirement(application.id),
        Circumstances(occasion.now, here, proofs),
    )
    kinds = mfa.challenge(uow.factors, account.id, occasion.now).kinds
    return Explanation(
        decision, here, [sentence(reason) for reason in decision.reasons], has_second_factor=bool(kinds)
    )
