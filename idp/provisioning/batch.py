"""What the lines of one batch share: the unit of work, the occasion, the names, and what is to be recorded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from directory_sync import HeldLine, LeftOut, PersonRecord
from idp.domain.audit import AuditEvent, AuditRecord, record
from idp.domain.handles import UnitId
from idp.domain.occasion import Occasion
from idp.provisioning.name_desk import NameDesk
from idp.provisioning.ports import ProvisioningUnitOfWork

NAME_TAKEN = "the user name is or was another person's"
CHANGED_MEANWHILE = "what is known has changed since the plan was made"


@dataclass(slots=True)
class Batch:
    """One batch of one run, in one transaction."""

    uow: ProvisioningUnitOfWork
    source: str
    desk: NameDesk
    occasion: Occasion
    left_out: list[LeftOut] = field(default_factory=list)
    _records: list[AuditRecord] = field(default_factory=list)

    def leave_out(self, held: HeldLine, reason: str) -> None:
        """Do not carry out a line; the next run plans it anew."""
        self.left_out.append(LeftOut(held.position, held.line, reason))

    def record(self, event: AuditEvent) -> None:
        """Have an event recorded with the batch."""
        record(_Gathering(self._records), event, self.occasion)

    def write_records(self) -> None:
        """Append what was recorded, in one statement."""
        if self._records:
            self.uow.audit.extend(self._records)
            self._records.clear()

    def unit_ids(self, records: Iterable[PersonRecord]) -> Mapping[str, UnitId]:
        """Return the units in which the records' persons are employed."""
        codes = {code for one in records for code in one.unit_codes}
        return self.uow.provisioning.structure.unit_ids(self.source, codes) if codes else {}


@dataclass(frozen=True, slots=True)
class _Gathering:
    records: list[AuditRecord]

    def append(self, record: AuditRecord) -> None:
        self.records.append(record)
