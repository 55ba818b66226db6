"""Weeding by stream: what each stream of the audit log holds, and the job that erases old payloads of it."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import delete, select

from idp.domain.audit import AuditEvent
from idp.domain.occasion import Occasion
from idp.storage.audit_weeding import NoDecision, NothingToWeed, Weeded, weed
from idp.storage.tables import access_history
from idp.storage.unit_of_work import SqlDatabase

#: What belongs to signing in and to using systems; everything else is the administration's.
SIGNINS = ("access.", "consent.", "logout.", "request.", "session.", "signin.", "token.")


def types_of(stream: str) -> list[str]:
    """Return the kinds of record that a stream holds, the log's own never."""
    known = sorted({one.type for one in _events(AuditEvent) if not one.type.startswith("audit.")})
    signins = [one for one in known if one.startswith(SIGNINS)]
    return signins if stream == "signins" else [one for one in known if one not in signins]


def weed_stream(
    database: SqlDatabase, stream: str, before: datetime, decision: str, occasion: Occasion
) -> Weeded | NothingToWeed | NoDecision:
    """Erase the payloads of one stream older than `before`, and what was kept of access in that time."""
    if stream == "signins" and decision.strip():
        _forget_access(database, before)
    return weed(database, before, decision, occasion, types_of(stream))


def _forget_access(database: SqlDatabase, before: datetime) -> None:
    newer = access_history.alias("newer")
    with database.write() as uow:
        uow.connection.execute(
            delete(access_history).where(
                access_history.c.since < before,
                # What still holds stays, however old: a later day is decided from it.
                select(newer.c.account_id)
                .where(
                    newer.c.account_id == access_history.c.account_id,
                    newer.c.since > access_history.c.since,
                    newer.c.since <= before,
                )
                .exists(),
            )
        )


def _events(base: type[AuditEvent]) -> Iterator[type[AuditEvent]]:
    for kind in base.__subclasses__():
        yield from _events(kind)
        if hasattr(kind, "type"):
            yield kind
