"""`./deploy/demo`, after everything is installed: brings Ekvik up, stays until it is stopped.

Owns the arguments, the signals and the last word. PORTVAKT_DEMO_PORT is the first of a block of ten
ports, PORTVAKT_DEMO_STATE the folder that keeps everything between runs.
"""

import argparse
import datetime as dt
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from zoneinfo import ZoneInfo

from deploy.demonstration import ports, state
from deploy.demonstration.portvakt import ROOT, CommandError
from deploy.demonstration.processes import ChildError, Children
from deploy.demonstration.server_account import forget
from deploy.demonstration.town import Town, step
from deploy.municipality.generate import SEED
from deploy.municipality.slapd import SlapdError

FAULTS = (CommandError, ChildError, SlapdError, ports.PortError, state.StateError, OSError)


def main(arguments: Sequence[str] | None = None) -> int:
    # What the demo writes is its own: servers of another account get their folders by name.
    os.umask(0o077)
    parser = argparse.ArgumentParser(
        prog="./deploy/demo", description="A municipality whose staff sign in once."
    )
    parser.add_argument("--reset", action="store_true", help="start afresh: forget what earlier runs kept")
    asked = parser.parse_args(arguments)
    # SIGINT by name: a shell that starts this in the background has it ignored.
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _interrupt)
    try:
        _run(reset=asked.reset)
    except KeyboardInterrupt:
        print("\n▸ Stopped. What was done is kept; the next start is quick.")
    except FAULTS as fault:
        print(f"\n✗ {fault}", file=sys.stderr)
        return 1
    return 0


def _run(*, reset: bool) -> None:
    block = ports.from_environment()
    kept_in = state.State(state.from_environment(ROOT / ".demo"))
    kept_in.lock()
    # Before anything is forgotten: a start that cannot be is not to cost what was kept.
    block.check_free()
    if reset:
        with step("Forgetting what earlier runs kept"):
            forget(kept_in.folder)
            kept_in.reset()
    facts = kept_in.folder / "demo.json"
    facts.unlink(missing_ok=True)
    today = dt.datetime.now(ZoneInfo("Europe/Stockholm")).date()
    with Children(kept_in.inner("logs")) as children:
        summary = Town(kept_in, block, kept_in.kept(SEED, today), children).bring_up()
        summary.write_json(facts)
        print(summary.as_text(), flush=True)
        try:
            children.watch()
        finally:
            facts.unlink(missing_ok=True)
            print("\n▸ Stopping …", flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
