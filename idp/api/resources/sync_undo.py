"""Taking a run of a synchronisation back: what it would do, then the act, by the hash of what was read."""

from dataclasses import dataclass
from typing import Annotated, Any

from idp.api.operation import AnyOperation, Call, Nothing, Operation, Page
from idp.api.reasons import Why
from idp.api.types import Number, Text
from idp.domain.handles import AccountId
from idp.domain.roles import Act, Refused
from idp.provisioning.taking_back import Order, may_take_back, take_back
from idp.provisioning.undo_shown import key_of_account, shown_undo, undo_summary

Account = Annotated[str, Text(64, about="Only for the person with this account; empty: for everybody.")]


@dataclass(frozen=True, slots=True)
class ForWhom:
    """For everybody, or for one account's person."""

    account: Account = ""


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What taking the run back comes to. `plan` names just this plan; `stays`: how many lines cannot be taken back."""

    run: str
    plan: str
    lines: Annotated[int, Number(0, 10**9)]
    stays: Annotated[int, Number(0, 10**9)]


@dataclass(frozen=True, slots=True)
class UndoLine:
    """What becomes of the run's line `number`, in words; `stays` is why it cannot be taken back."""

    number: Annotated[int, Number(0, 10**9)]
    sentence: str
    stays: str


@dataclass(frozen=True, slots=True)
class UndoOrder:
    """The plan that was read, by its hash; why; and for whom."""

    plan: Annotated[str, Text(64, 1)]
    reason: Why
    account: Account = ""


@dataclass(frozen=True, slots=True)
class RunUndone:
    """The new run that takes the other back; if not `finished`, it is being carried out."""

    run: str
    lines: Annotated[int, Number(0, 10**9)]
    left_out: Annotated[int, Number(0, 10**9)]
    finished: bool


@dataclass(frozen=True, slots=True)
class SyncUndo:
    """The operations. `mail_domain` stands in where a directory has none of its own."""

    mail_domain: str = ""

    def preview(self, call: Call[ForWhom, Nothing]) -> UndoPreview | Refused:
        """Return what it comes to."""
        return self._preview(call, call.query.account)

    def current(self, call: Call[Any, UndoOrder]) -> UndoPreview | Refused:
        """Return what If-Match is compared with: the preview for the same people."""
        return self._preview(call, call.body.account)

    def lines(self, call: Call[ForWhom, Nothing]) -> Page[UndoLine] | Refused:
        """Return what becomes of each line."""
        person = self._person(call, call.query.account)
        if isinstance(person, Refused):
            return person
        first = int(call.after) if call.after else 0
        found = shown_undo(
            call.uow, call.path["run"], call.occasion, self.mail_domain, person, first, call.most
        )
        if isinstance(found, Refused):
            return found
        last = str(found.lines[-1].number + 1) if found.more else ""
        return Page([UndoLine(one.number, one.sentence, one.stays) for one in found.lines], last)

    def apply(self, call: Call[Nothing, UndoOrder]) -> RunUndone | Refused:
        """Take it back."""
        person = self._person(call, call.body.account)
        if isinstance(person, Refused):
            return person
        order = Order(call.path["run"], call.body.plan, call.body.reason, person)
        done = take_back(call.uow, call.doer, order, call.occasion, self.mail_domain)
        if isinstance(done, Refused):
            return done
        return RunUndone(done.run, done.lines, len(done.left_out), done.finished)

    def _preview(self, call: Call[Any, Any], account: str) -> UndoPreview | Refused:
        person = self._person(call, account)
        if isinstance(person, Refused):
            return person
        found = undo_summary(call.uow, call.path["run"], call.occasion, self.mail_domain, person)
        if isinstance(found, Refused):
            return found
        return UndoPreview(call.path["run"], found.hash, found.lines, found.stays)

    def _person(self, call: Call[Any, Any], account: str) -> str | Refused | None:
        refused = may_take_back(call.uow, call.doer, call.path["run"], call.occasion)
        if refused is not None or not account:
            return refused
        return key_of_account(call.uow, call.path["run"], AccountId(account))


def operations(mail_domain: str = "") -> tuple[AnyOperation, ...]:
    """Return the operations of a site with this mail domain."""
    here = SyncUndo(mail_domain)
    return (
        Operation(
            "sync.undo_preview", "GET", "/sync-runs/{run}/undo",
            "Return what taking a run back would come to, and the hash of that plan.",
            Act.UNDO_RUN, here.preview, UndoPreview, ForWhom, Nothing,
        ),
        Operation(
            "sync.undo_lines", "GET", "/sync-runs/{run}/undo/lines",
            "Return what would become of each line, in words.",
            Act.UNDO_RUN, here.lines, UndoLine, ForWhom, Nothing, paged=True,
        ),
        Operation(
            "sync.undo", "POST", "/sync-runs/{run}/undo",
            "Take a run back, whole or for one person, by the plan that was read.",
            Act.UNDO_RUN, here.apply, RunUndone, Nothing, UndoOrder, current=here.current,
        ),
    )  # fmt: skip
