"""What a person would be answered through a NAS, without a packet: the decision, and the reply's attributes."""

from collections.abc import Sequence
from dataclasses import dataclass

import mfa
from idp.domain.access import Deny, Permit, StepUp
from idp.domain.account import Account
from idp.domain.administration import no, seen
from idp.domain.application import Application
from idp.domain.explain import Explanation, explain
from idp.domain.handles import ApplicationId
from idp.domain.occasion import IpAddress, Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Allowed, Doer, Refused, System, may_act
from idp.domain.signin.text_channel import NotLetIn
from idp.radius import texts
from idp.radius.nas import Nas
from idp.radius.replies import ReplyLine, reply_lines
from idp.radius.store.access_servers import read_one


@dataclass(frozen=True, slots=True)
class DryRun:
    """One person and one NAS: whether the person could get in, why, and what an Access-Accept would hold."""

    application: Application
    nas: Nas
    explanation: Explanation
    lines: Sequence[ReplyLine]
    has_code: bool
    account: Account

    @property
    def answer(self) -> str:
        """The kind of reply after everything asked for was typed right; a passkey cannot be typed."""
        permitted = isinstance(self.explanation.decision, Permit)
        return (
            "Access-Accept"
            if permitted or (self.explanation.can_get_in and self.has_code)
            else "Access-Reject"
        )

    @property
    def message(self) -> str:
        """What the person would read in Reply-Message: what is asked for, or why not; in the NAS's language."""
        settings, decision = self.nas.settings, self.explanation.decision
        if self.answer == "Access-Accept":
            asked = isinstance(decision, StepUp) and settings.takes_challenges
            return texts.text(settings, "ask_code") if asked else ""
        if isinstance(decision, Deny):
            return texts.refusal(settings, NotLetIn(self.account, reasons=decision.reasons))
        return texts.text(settings, "no_factor")

    @property
    def only_passkeys(self) -> bool:
        """Whether the person's second factors can only be shown in a browser."""
        return self.explanation.can_get_in and self.answer == "Access-Reject"


def dry_run(
    uow: UnitOfWork,
    account: Account,
    application: Application,
    address: IpAddress | None,
    occasion: Occasion,
) -> DryRun | None:
    """Return what `account` would be answered; None if the application is no NAS."""
    nas = read_one(uow, application.id)
    if nas is None:
        return None
    facts = uow.accounts.facts(account, occasion.now)
    kinds = mfa.challenge(uow.factors, account.id, occasion.now).kinds
    return DryRun(
        application,
        nas,
        explain(uow, account, application, address, occasion),
        reply_lines(nas.settings, facts),
        bool(kinds - {mfa.FactorKind.PASSKEY}),
        account,
    )


def dry_run_for(
    uow: UnitOfWork,
    doer: Doer,
    application_id: ApplicationId,
    login: str,
    address: IpAddress | None,
    occasion: Occasion,
) -> DryRun | Refused:
    """Return it to who may see the server and the person; both answer as unknown to everybody else (C2)."""
    application, account = uow.catalogue.applications.get(application_id), uow.accounts.by_login(login)
    sees = may_act(doer, Act.SEE_APPLICATION, System(application_id), occasion.now)
    if application is None or account is None or not isinstance(sees, Allowed):
        return no("unknown")
    if seen(uow, doer, account.person_id, occasion) is None:
        return no("unknown")
    return dry_run(uow, account, application, address, occasion) or no("unknown")
