"""The directories: reachable, readable, in time, and lately read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from directory_sync.settings import DirectorySettings
from directory_sync.sources.examination import Examined, examine
from directory_sync.sources.ldap_connection import DirectoryFault
from idp.cli.checks.finding import Finding, clocks, good, note, problem, warning
from idp.cli.setting import Setting
from idp.domain.errors import ConfigurationError
from idp.provisioning.directories import load_directory
from idp.provisioning.runs import RunState
from idp.storage.unit_of_work import SqlUnitOfWork

_STALE = timedelta(days=1)
_SLOPE = timedelta(seconds=2)


def check_directories(setting: Setting) -> Iterator[Finding]:
    """Look at each configured directory."""
    with setting.database.read() as uow:
        names = list(uow.provisioning.directory_names())
    if not names:
        yield note("directories: none is configured", "describe one in a file for `portvakt apply`")
    for name in names:
        try:
            with setting.database.read() as uow:
                directory = load_directory(uow, name)
        except ConfigurationError as error:
            yield problem(str(error), "correct it with `portvakt apply`")
            continue
        if directory is not None:
            yield from _reachable(directory.settings)
        with setting.database.read() as uow:
            yield from _lately_read(uow, name, setting.now)


def _reachable(settings: DirectorySettings) -> Iterator[Finding]:
    where = f"directory {settings.name}"
    if settings.file is not None:
        if settings.file.path.is_file():
            yield good(f"{where}: the file {settings.file.path} is there")
        else:
            yield problem(
                f"{where}: there is no file {settings.file.path}", f"check directories.{settings.name}.path"
            )
        return
    before = datetime.now(UTC)
    try:
        examined = examine(settings)
    except DirectoryFault as fault:
        yield problem(
            f"{where}: {fault}", f"check url, ca_file, bind_dn and base_dn of directories.{settings.name}"
        )
        return
    secured = settings.start_tls or urlsplit(settings.url).scheme != "ldap"
    yield good(f"{where}: reached, bound and read{', over TLS' if secured else ''}")
    if not secured:
        yield note(f"{where}: without TLS, which is only let through to this machine itself")
    yield from _contents(where, settings.profile.key_attribute, examined)
    yield from _clock(where, examined, before)


def _contents(where: str, key: str, examined: Examined) -> Iterator[Finding]:
    if not examined.persons:
        yield problem(
            f"{where}: person_filter finds nobody", "check person_filter, base_dn and bind_dn's rights"
        )
    elif not examined.key:
        yield problem(
            f"{where}: the first person has no readable {key}", "let bind_dn read operational attributes"
        )


def _clock(where: str, examined: Examined, before: datetime) -> Iterator[Finding]:
    now = datetime.now(UTC)
    if examined.clock is not None:
        # The time is told in whole seconds.
        yield clocks(where, examined.clock, before - timedelta(seconds=1), now)
    elif examined.written_at is not None and examined.written_at > now + _SLOPE:
        yield clocks(where, examined.written_at, before, now)
    else:
        yield note(f"{where}: does not tell its clock (cn=Monitor cannot be read)")


def _lately_read(uow: SqlUnitOfWork, name: str, now: datetime) -> Iterator[Finding]:
    latest = next(iter(uow.provisioning.runs.latest(name, 1)), None)
    where = f"directory {name}"
    if latest is None:
        yield warning(
            f"{where}: has never been synchronised", f"`portvakt sync {name} --dry-run`, then without"
        )
    elif latest.state is RunState.BRAKED:
        yield warning(f"{where}: a plan was stopped and waits for a decision", "`portvakt sync status`")
    elif latest.state is RunState.UNREADABLE:
        yield warning(f"{where}: the last run could not read it: {latest.report.get('reason')}", "see above")
    elif now - latest.started_at > _STALE:
        yield warning(
            f"{where}: was last read {latest.started_at:%Y-%m-%d %H:%M} UTC", "is `portvakt serve` running?"
        )
