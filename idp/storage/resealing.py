"""Seals everything anew that is under an older master key: the shared tables and the factors (statement K3)."""

import importlib
from collections.abc import Callable
from pathlib import Path

from idp.keys.sealing import MasterKeys
from idp.storage.seals import Resealed, SqlSeals
from idp.storage.unit_of_work import SqlDatabase
from mfa.tables import metadata as factor_tables


def seals_of(database: SqlDatabase) -> SqlSeals:
    """Return the sealed values of all tables, those of the rooms included: a room's tables are known once loaded."""
    for tables in sorted(Path(__file__).parents[1].glob("*/tables.py")):
        importlib.import_module(f"{__package__.partition('.')[0]}.{tables.parent.name}.tables")
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
