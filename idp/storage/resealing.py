"""Seals everything anew that is under an older master key: the shared tables and the factors (statement K3)."""

from collections.abc import Callable

from idp.keys.sealing import MasterKeys
from idp.storage.seals import Resealed, SqlSeals
from idp.storage.unit_of_work import SqlDatabase
from mfa.tables import metadata as factor_tables


def seals_of(database: SqlDatabase) -> SqlSeals:
    """Return the sealed values of all tables."""
    return SqlSeals(database, (factor_tables,))


def reseal(database: SqlDatabase, keys: MasterKeys, still_ours: Callable[[], bool]) -> Resealed:
    """Seal anew, batch by batch; may be stopped at any batch and goes on at the next call.

    Every factor is read and written for it, so nothing is done while one key has sealed everything.
    """
    seals = seals_of(database)
    if set(seals.counts()) <= {keys.sealing_key_id}:
        return Resealed(0, ())
    shared = seals.reseal(keys, still_ours)
    count, after = shared.count, ""
    while still_ours():
        with database.write() as uow:
            batch = uow.factors.reseal(after)
        count += batch.count
        if batch.last_id is None:
            break
        after = batch.last_id
    return Resealed(count, shared.broken)
