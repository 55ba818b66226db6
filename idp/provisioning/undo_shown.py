"""Taking a run back as people read it beforehand: each line in words, a page at a time, and why some stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from directory_sync import LeftOut, line_from_json, sentence
from directory_sync.lines import Line, PersonLine
from directory_sync.revert import key_of
from idp.domain.administration import no
from idp.domain.handles import AccountId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Refused
from idp.provisioning.ports import ProvisioningUnitOfWork
from idp.provisioning.runs import Run
from idp.provisioning.undo import Summary, plan_undo


@dataclass(frozen=True, slots=True)
class ShownOutcome:
    """What would become of the run's line `number`; `stays` is why it cannot be taken back, "" if it can."""

    number: int
    line: Line
    stays: str

    @property
    def sentence(self) -> str:
        """The line in English."""
        return sentence(self.line)


@dataclass(frozen=True, slots=True)
class ShownUndo:
    """A run and what taking it back would do. `summary` is there on the first page: it takes reading every line."""

    run: Run
    lines: Sequence[ShownOutcome]
    more: bool
    summary: Summary | None


def shown_undo(
    uow: UnitOfWork,
    run_id: str,
    occasion: Occasion,
    mail_domain: str,
    person: str | None,
    first: int,
    most: int,
) -> ShownUndo | Refused:
    """Return what taking the run back would do to its lines from `first` on."""
    plan = plan_undo(cast("ProvisioningUnitOfWork", uow), run_id, occasion, mail_domain, person)
    if isinstance(plan, Refused):
        return plan
    found = plan.page(first, most + 1)
    lines = [
        ShownOutcome(one.position, one.line, one.reason if isinstance(one, LeftOut) else "")
        for one in found[:most]
    ]
    return ShownUndo(plan.run, lines, len(found) > most, plan.summary() if first == 0 else None)


def undo_summary(
    uow: UnitOfWork, run_id: str, occasion: Occasion, mail_domain: str, person: str | None
) -> Summary | Refused:
    """Return only how many lines, and the hash."""
    plan = plan_undo(cast("ProvisioningUnitOfWork", uow), run_id, occasion, mail_domain, person)
    return plan if isinstance(plan, Refused) else plan.summary()


def key_in_line(uow: UnitOfWork, run_id: str, number: int) -> str | None:
    """Return whom a line of a run is about; None if it is about no person."""
    for at, text, *_ in cast("ProvisioningUnitOfWork", uow).provisioning.runs.lines(run_id, number, 1):
        line = line_from_json(text)
        if at == number and isinstance(line, PersonLine):
            return key_of(line)
    return None


def key_of_account(uow: UnitOfWork, run_id: str, account_id: AccountId) -> str | Refused:
    """Return by which key the run's directory knows somebody's account."""
    run = cast("ProvisioningUnitOfWork", uow).provisioning.runs.get(run_id)
    account = uow.accounts.get(account_id)
    if run is None or account is None or account.directory != run.source or account.directory_key is None:
        return no("unknown")
    return account.directory_key
