"""One synchronisation in a process of its own: `python -m bench.synchronise_once SETTINGS`; prints what it took.

The use case alone is timed: an interpreter that starts and imports is not what grows with a directory.
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from idp.domain.handles import new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.jobs.leases import Leases
from idp.keys.sealing import MasterKeys
from idp.provisioning.directories import load_directory
from idp.provisioning.synchronise import synchronise
from idp.settings import load
from idp.storage.engine import make_engine
from idp.storage.leases import SqlLeases
from idp.storage.unit_of_work import SqlDatabase


def main(settings_file: Path) -> None:
    """Synchronise the one directory that is configured."""
    settings = load(settings_file, {})
    database = SqlDatabase(make_engine(settings.database_url), MasterKeys(settings.master_key))
    with database.read() as uow:
        (name,) = uow.provisioning.directory_names()
        directory = load_directory(uow, name)
    if directory is None:
        raise LookupError(name)
    occasion = Occasion(datetime.now(UTC), new_id(), Actor(ActorKind.COMMAND, "bench"), node="bench")
    began, spent = time.perf_counter(), time.process_time()
    report = synchronise(database, Leases(SqlLeases(database)), directory, occasion)
    took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - spent}
    peak = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    told = {
        "outcome": report.outcome.value,
        "entries": report.persons_read,
        "applied": sum(report.applied.values()),
        "peak_mib": int(peak.split()[1]) / 1024,
    }
    print(json.dumps({**took, **told}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
