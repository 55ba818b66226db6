"""More lines than are taken back at once: the command carries them out itself, and `serve` has a job for the others."""

import re
from datetime import timedelta

from sqlalchemy import select

from idp.app import jobs_of
from idp.domain.roles import SERVER
from idp.foundation import Foundation, now
from idp.provisioning.taking_back import Order, TakenBack, take_back
from idp.provisioning.undo import plan_undo
from idp.settings import load
from idp.storage.tables import sync_runs
from tests.provisioning.personnel import configure
from tests.provisioning.town import SOURCE, Town, record

MANY = 1_050


def active(installed) -> int:
    with installed.database() as database, database.read() as uow:
        return uow.provisioning.entries.active(SOURCE)


def test_the_command_carries_a_long_one_out_and_serve_has_a_job_for_what_pages_began(installed):
    settings = load(installed.folder / "portvakt.toml", {})
    base = Foundation.of(settings)
    configure(base.database, SOURCE)
    town = Town(settings.database_url, settings.master_key.parent)
    town.units, town.now = [], now() - timedelta(hours=1)
    town.synchronise(*(record(f"p{n:04}", f"Per Nr{n:04}") for n in range(MANY)))
    run = town.rows(select(sync_runs.c.id))[0].id
    told = installed.portvakt("sync", "undo", run).out
    assert told.count("the run that gave access was taken back") == MANY
    plan = told.rsplit("--plan ", 1)[1].split("`")[0]
    out = installed.portvakt("sync", "undo", run, "--plan", plan, "--reason", "wrong file").out
    undone = re.match(rf"Taken back by run (\w+): {MANY} lines\.", out)[1]
    assert active(installed) == 0
    # And back again, as a page does: held, answered, and left to the job.
    with base.database.write() as uow:
        plan = plan_undo(uow, undone, town.occasion, "").summary().hash
        done = take_back(uow, SERVER, Order(undone, plan, "it was right after all"), town.occasion, "")
    assert isinstance(done, TakenBack)
    assert (done.finished, active(installed)) == (False, 0)
    (job,) = [one for one in jobs_of(None, base) if one.name == "sync-undo"]
    job.run(now(), lambda: True)
    assert active(installed) == MANY
    town.close()
    base.database.engine.dispose()
