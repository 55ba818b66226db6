"""What a person would be answered through a NAS, without a packet: the decision, and the reply's attributes."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.domain.account import Account
from idp.domain.application import Application
from idp.domain.explain import Explanation, explain
from idp.domain.occasion import IpAddress, Occasion
from idp.domain.ports import UnitOfWork
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

    @property
    def answer(self) -> str:
        """The kind of reply after everything asked for was typed right."""
        return "Access-Accept" if self.explanation.can_get_in else "Access-Reject"


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
    return DryRun(
        application,
        nas,
        explain(uow, account, application, address, occasion),
        reply_lines(nas.settings, facts),
    )
