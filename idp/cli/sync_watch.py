"""`portvakt sync --watch`: follow directories in the foreground, until interrupted."""

import signal
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from idp.cli.printing import complain, say
from idp.cli.setting import Setting, system_user
from idp.domain.handles import new_id
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.jobs.leases import Leases
from idp.provisioning.directories import Directory
from idp.provisioning.following import Following
from idp.provisioning.watching import Watcher
from idp.storage.leases import SqlLeases


def follow_until_interrupted(setting: Setting, directories: Callable[[], Sequence[Directory]]) -> None:
    """Follow; SIGINT and SIGTERM end it in order. Another node that follows already goes on, and this one waits."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    actor = Actor(ActorKind.COMMAND, system_user())

    def occasion(at: datetime) -> Occasion:
        return Occasion(at, new_id(), actor, node=setting.settings.node)

    leases = Leases(SqlLeases(setting.database))
    watcher = Watcher(setting.database, leases, lambda: datetime.now(UTC), occasion, setting.settings.node)
    names = ", ".join(directory.name for directory in directories())
    say(f"Following {names}; what another process follows already is waited for.")
    say("`portvakt sync status` shows how it goes; Ctrl-C ends it.")
    Following(watcher, directories, complain).run(stop)
