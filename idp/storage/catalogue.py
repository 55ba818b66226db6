"""The catalogue as administrators configured it: read once, kept until its version changes."""

import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from idp.domain.application import AcceptedPasskeys, Application, Audience, Policy
from idp.domain.assurance import Assurance, Method
from idp.domain.handles import ApplicationId
from idp.domain.network import Network
from idp.domain.ports import Catalogue
from idp.storage.announcements import CATALOGUE, announce
from idp.storage.prepared import Prepared, loads
from idp.storage.tables import applications, catalogue_version, networks

_VERSION = Prepared(select(catalogue_version.c.version))


def current_version(connection: Connection) -> int:
    """Return the version that every change of configuration raises; 0 before the first."""
    return int(_VERSION.run(connection).scalar() or 0)


def bump(connection: Connection) -> None:
    """Raise the version, in the transaction of the change."""
    connection.execute(update(catalogue_version).values(version=catalogue_version.c.version + 1))
    announce(connection, CATALOGUE)


class CatalogueCache:
    """The newest snapshot that this process has read; one cheap statement tells whether it still holds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Catalogue | None = None

    def current(self, connection: Connection) -> Catalogue:
        """Return the snapshot as of this transaction."""
        version = current_version(connection)
        held = self._held
        if held is not None and held.version == version:
            return held
        read = _read(connection, version)
        with self._lock:
            # A transaction that began earlier must not put an older snapshot over a newer one.
            if self._held is None or self._held.version < version:
                self._held = read
        return read


def _read(connection: Connection, version: int) -> Catalogue:
    return catalogue_from(
        version,
        connection.execute(select(applications)).mappings().all(),
        connection.execute(select(networks)).mappings().all(),
    )


def catalogue_from(version: int, systems: Sequence[Any], places: Sequence[Any]) -> Catalogue:
    """Return the catalogue of rows of `applications` and `networks`."""
    found = [_application(row) for row in systems]
    return Catalogue(
        version=version,
        applications={application.id: application for application in found},
        networks=tuple(_network(row) for row in places),
    )


def _network(row: RowMapping) -> Network:
    return Network(
        name=row["name"],
        prefixes=tuple(ip_network(prefix) for prefix in loads(row["prefixes"])),
        may_enrol=bool(row["may_enrol"]),
        failure_limit=row["failure_limit"],
    )


def _application(row: RowMapping) -> Application:
    return Application(
        id=ApplicationId(row["id"]),
        name=row["name"],
        title=row["title"],
        protocol=row["protocol"],
        policy=policy_from_json(loads(row["policy"]), row["policy_version"]),
        url=row["url"],
        owner=row["owner"],
        description=row["description"],
        enabled=bool(row["enabled"]),
        titles=loads(row["titles"]),
    )


def _accepted(value: Mapping[str, Any]) -> AcceptedPasskeys:
    # Policies stored before there were passkeys say nothing of them.
    return AcceptedPasskeys(value.get("certified", False), frozenset(value.get("models", ())))


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """Return a policy as stored; the version has a column of its own."""
    return {
        "open_without_directory": policy.open_without_directory,
        "everyone": policy.audience.everyone,
        "groups": sorted(policy.audience.groups),
        "units": sorted(policy.audience.units),
        "networks": sorted(policy.networks),
        "assurance": policy.assurance.name.lower(),
        "assurance_on": {name: level.name.lower() for name, level in sorted(policy.assurance_on.items())},
        "max_age": policy.max_age.total_seconds() if policy.max_age is not None else None,
        "session_lifetime": policy.session_lifetime.total_seconds(),
        "trusted_device": policy.trusted_device.total_seconds() if policy.trusted_device else None,
        "passkeys": {"certified": policy.passkeys.certified, "models": sorted(policy.passkeys.models)},
        "weaker": sorted(policy.weaker),
    }


def _weaker(value: list[str] | None) -> frozenset[Method]:
    # Policies stored before there was call-back have no such key.
    return Policy().weaker if value is None else frozenset(Method(name) for name in value)


def policy_from_json(value: Mapping[str, Any], version: int) -> Policy:
    """Return the policy of `policy_to_json`."""
    age, trusted = value["max_age"], value.get("trusted_device")
    return Policy(
        audience=Audience(value["everyone"], frozenset(value["groups"]), frozenset(value["units"])),
        networks=frozenset(value["networks"]),
        assurance=Assurance[value["assurance"].upper()],
        assurance_on={name: Assurance[level.upper()] for name, level in value["assurance_on"].items()},
        max_age=timedelta(seconds=age) if age is not None else None,
        session_lifetime=timedelta(seconds=value["session_lifetime"]),
        passkeys=_accepted(value.get("passkeys", {})),
        open_without_directory=value.get("open_without_directory", False),
        weaker=_weaker(value.get("weaker")),
        trusted_device=timedelta(seconds=trusted) if trusted else None,
        version=version,
    )
