"""Settings and files: addresses, proxies, permissions."""

import shutil
import stat
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from idp.cli.checks.finding import Finding, good, note, problem, warning
from idp.settings import Settings

_ALL_OTHERS = stat.S_IRWXO
_LITTLE_SPACE = 500 * 1024 * 1024
_WIDE_IPV4, _WIDE_IPV6 = 8, 32


def check_installation(settings: Settings) -> Iterator[Finding]:
    """Look at the settings and at the files that they name."""
    yield good(f"settings: {settings.file}")
    yield from _addresses(settings)
    yield from _proxies(settings)
    yield from _files(settings)
    if settings.checkpoint_file is None:
        yield note(
            "audit: no checkpoint file; a log that was cut off at its end would not be noticed",
            "set audit.checkpoint_file and ship the file to another machine",
        )


def _addresses(settings: Settings) -> Iterator[Finding]:
    listens_widely = not _is_loopback(settings.listen.host)
    where = f"{settings.listen.host}:{settings.listen.port}"
    if urlsplit(settings.issuer).scheme != "https":
        yield note(f"issuer: {settings.issuer} is for this machine alone", "use https:// for anybody else")
    if listens_widely:
        yield warning(
            f"listen: {where} takes connections from other machines, in the clear",
            "listen on 127.0.0.1 behind a proxy that does TLS, or let only the proxy reach the port",
        )
    else:
        yield good(f"listen: {where}")


def _proxies(settings: Settings) -> Iterator[Finding]:
    wide = [
        str(network)
        for network in settings.trusted_proxies
        if network.prefixlen < (_WIDE_IPV4 if network.version == 4 else _WIDE_IPV6)  # noqa: PLR2004 - IPv4
    ]
    if wide:
        yield problem(
            f"trusted_proxies: {', '.join(wide)} lets anybody say where they come from",
            "name just the proxies' own addresses",
        )
    elif settings.trusted_proxies:
        yield good(f"trusted_proxies: {', '.join(map(str, settings.trusted_proxies))}")
    elif urlsplit(settings.issuer).scheme == "https":
        yield warning(
            "trusted_proxies: empty, so that every visitor seems to come from the proxy's address",
            "name the proxy that does TLS; named networks and throttling by network depend on it",
        )


def _files(settings: Settings) -> Iterator[Finding]:
    if settings.file is not None and _open_to_others(settings.file) and "@" in settings.database_url:
        yield problem(
            f"{settings.file}: anybody on this machine may read the database's address",
            f"chmod o= {settings.file}, or give the address as {{ file = … }}",
        )
    database = settings.database_file
    if database is None:
        return
    if database.exists() and _open_to_others(database):
        yield problem(f"{database}: anybody on this machine may read the database", f"chmod o= {database}*")
    if database.parent == settings.master_key.parent:
        yield note(
            "master_key: lies in the same folder as the database",
            "keep them apart in backups: either alone tells nothing, both together everything",
        )
    free = shutil.disk_usage(database.parent).free
    if free < _LITTLE_SPACE:
        yield problem(f"{database.parent}: only {free // 1024 // 1024} MiB are free", "make room")


def _open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & _ALL_OTHERS)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
