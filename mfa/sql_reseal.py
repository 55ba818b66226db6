"""Sealing secrets anew with the sealer's present key, a batch at a call, one table after the other."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Column, Connection, select, update

from mfa import sql_callbacks, sql_hardware_tokens, sql_hotps, sql_totps
from mfa.store import Sealer
from mfa.tables import calls, destinations, hardware_tokens, hotps, totps


@dataclass(frozen=True, slots=True)
class Resealed:
    """One batch of secrets sealed anew; go on after `last_id`, None when there are no more."""

    count: int
    last_id: str | None


_COLUMNS: tuple[tuple[Column[bytes], Callable[[str], str]], ...] = (
    (totps.c.sealed_secret, sql_totps.purpose_of),
    (hotps.c.sealed_secret, sql_hotps.purpose_of),
    (hardware_tokens.c.sealed_seed, sql_hardware_tokens.purpose_of),
    (destinations.c.sealed_address, sql_callbacks.purpose_of),
    (calls.c.sealed_code, sql_callbacks.code_purpose),
)


def reseal(connection: Connection, sealer: Sealer, after: str, limit: int) -> Resealed:
    """Seal a batch anew; what changed meanwhile is left as it is. `after` is `table:id` of the last one."""
    number, _, last = after.rpartition(":")
    place = int(number or 0)
    column, purpose_of = _COLUMNS[place]
    table = column.table
    identity = table.c["id"]
    rows = connection.execute(
        select(identity, column).where(identity > last, column.is_not(None)).order_by(identity).limit(limit)
    ).all()
    count = 0
    for row_id, sealed in rows:
        secret = sealer.unseal(sealed, purpose_of(row_id))
        again = sealer.seal(secret, purpose_of(row_id))
        written = connection.execute(
            update(table).where(identity == row_id, column == sealed).values({column.name: again})
        )
        count += written.rowcount
    if len(rows) == limit:
        return Resealed(count, f"{place}:{rows[-1][0]}")
    return Resealed(count, f"{place + 1}:" if place + 1 < len(_COLUMNS) else None)
