"""Reading the audit log: by period, masked or not; one person's own extract; an incident. What is read is recorded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from idp.domain.administration import no, seen
from idp.domain.appointments import allowed, printable
from idp.domain.audit import record
from idp.domain.events import AuditExported
from idp.domain.events.words import words_of
from idp.domain.handles import PersonId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.register import HistoryLine, Register
from idp.domain.roles import Act, Doer, Organisation, Refused

_HIDDEN = "•"
#: The heads of a file of records.
HEADS = ("time", "what", "type", "who", "about", "object", "reason", "reference")


class Masking(StrEnum):
    """What an export shows of people."""

    NONE = "none"
    PEOPLE = "people"  # who acted and whom it concerned become numbers that are the same within one export


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which records; what is empty does not choose. `type` may end early."""

    since: datetime | None = None
    until: datetime | None = None
    type: str = ""
    request_id: str = ""
    subjects: Sequence[str] = ()
    actors: Sequence[str] = ()
    objects: Sequence[str] = ()


class Log(Protocol):
    """The log as it is read."""

    def page(
        self, chosen: Chosen, beyond: int, most: int, *, oldest_first: bool = False
    ) -> Sequence[HistoryLine]:
        """Return records, newest first (or oldest), that come after the one numbered `beyond`; 0: from the first."""

    def stream(self, chosen: Chosen) -> Iterator[HistoryLine]:
        """Yield all of them, the oldest first, without holding them."""


def may_export(
    uow: UnitOfWork, doer: Doer, chosen: Chosen, masking: Masking, reason: str, occasion: Occasion
) -> Refused | None:
    """Ask whether somebody may export, and record that they do, with the reason (A5)."""
    why = printable(reason)
    refused = allowed(uow, doer, Act.EXPORT_AUDIT, Organisation(), "audit log", occasion)
    if refused is not None or not why:
        return refused or no("no_reason")
    period = f"{chosen.since or '…'} – {chosen.until or '…'}"
    event = AuditExported(object=f"{period} {chosen.type} {masking.value}"[:200], reason=why)
    record(uow.audit, event, occasion)
    return None


def own_extract(
    uow: UnitOfWork, register: Register, doer: Doer, person_id: PersonId, reason: str, occasion: Occasion
) -> Chosen | Refused:
    """Return the choice of everything about and by one person, who opened their record included; recorded."""
    somebody, why = seen(uow, doer, person_id, occasion), printable(reason)
    if somebody is None:
        return no("unknown")
    refused = allowed(uow, doer, Act.EXPORT_AUDIT, Organisation(), f"extract {person_id}", occasion)
    if refused is not None or not why:
        return refused or no("no_reason")
    record(uow.audit, AuditExported(subject=person_id, object="own extract", reason=why), occasion)
    accounts = [one.id for one in register.accounts_of(person_id)]
    return Chosen(subjects=(person_id, *accounts), actors=tuple(accounts))


#: Records whose object is a system, a role's scope, a key, a run or a file: never a person, a session or a factor.
TELLS_OF_NOBODY = frozenset(
    {
        "access.decided",
        "access.reviewed",
        "audit.weeded",
        "configuration.changed",
        "consent.given",
        "consent.withdrawn",
        "entitlement.ended",
        "entitlement.given",
        "key.rotated",
        "logout.delivered",
        "role.given",
        "role.taken",
        "synchronisation.ended",
        "synchronisation.taken_back",
        "token.issued",
        "token.revoked",
    }
)


class Masker:
    """Replaces people by numbers, the same number for the same person within one export."""

    def __init__(self, masking: Masking) -> None:
        self._masking = masking
        self._numbers: dict[str, str] = {}

    def shown(self, line: HistoryLine) -> HistoryLine:
        """Return the line as the export shows it."""
        if self._masking is Masking.NONE:
            return line
        return replace(
            line,
            who=self._number(line.who),
            subject=self._number(line.subject),
            object=self._object(line),
            reason=_HIDDEN if line.reason else "",
        )

    def staff_hidden(self, line: HistoryLine) -> HistoryLine:
        """Return a line of a person's own extract: who acted is a number, the person is themselves."""
        return replace(line, who=self._number(line.who), object=self._object(line))

    def _object(self, line: HistoryLine) -> str:
        """Return what was acted upon, if such objects never tell of a person; otherwise a number that recurs."""
        return line.object if line.type in TELLS_OF_NOBODY else self._number(line.object)

    def _number(self, name: str) -> str:
        if not name:
            return ""
        return self._numbers.setdefault(name, f"P{len(self._numbers) + 1}")


def row_of(line: HistoryLine) -> tuple[str, ...]:
    """Return a record as a line of a file."""
    return (
        line.at.isoformat(), words_of(line.type), line.type, line.who, line.subject, line.object, line.reason,
        line.request_id,
    )  # fmt: skip
