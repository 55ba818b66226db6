"""The catalogue as administrators configured it: read once, kept until its version changes."""

import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from idp.domain.application import AcceptedPasskeys, Application, Audience, Policy
from idp.domain.assurance import Assurance, Method
from idp.domain.binding import BindingPolicy, Way
from idp.domain.factor_policy import FactorPolicy
from idp.domain.handles import ApplicationId
from idp.domain.network import Network
from idp.domain.ports import Catalogue
from idp.storage.announcements import CATALOGUE, announce
from idp.storage.prepared import Prepared, loads
from idp.storage.tables import applications, catalogue_version, networks, organisation_rules

_VERSION = Prepared(select(catalogue_version.c.version))
_CHANGED = "catalogue_changed"


def current_version(connection: Connection) -> int:
    """Return the version that every change of configuration raises; 0 before the first."""
    return int(_VERSION.run(connection).scalar() or 0)


def begin(connection: Connection) -> None:
    """Forget what an earlier transaction over this connection left."""
    connection.info.pop(_CHANGED, None)


def bump(connection: Connection) -> None:
    """Raise the version, in the transaction of the change."""
    connection.info[_CHANGED] = True
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
        if connection.info.get(_CHANGED):
            return read  # it may be rolled back, and the next change would have the same version
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
        connection.execute(select(organisation_rules)).mappings().all(),
    )


def catalogue_from(
    version: int, systems: Sequence[Any], places: Sequence[Any], rules: Sequence[Any] = ()
) -> Catalogue:
    """Return the catalogue of rows of `applications`, `networks` and `organisation_rules`.

    What the organisation says is in each application's policy already: whoever decides need not ask twice.
    """
    factors = next((factors_from_json(loads(row["rules"])) for row in rules), FactorPolicy())
    found = [_application(row, factors) for row in systems]
    return Catalogue(
        version=version,
        applications={application.id: application for application in found},
        networks=tuple(_network(row) for row in places),
        factors=factors,
    )


def _network(row: RowMapping) -> Network:
    return Network(
        name=row["name"],
        prefixes=tuple(ip_network(prefix) for prefix in loads(row["prefixes"])),
        may_enrol=bool(row["may_enrol"]),
        failure_limit=row["failure_limit"],
    )


def _application(row: RowMapping, factors: FactorPolicy) -> Application:
    return Application(
        id=ApplicationId(row["id"]),
        name=row["name"],
        title=row["title"],
        protocol=row["protocol"],
        policy=factors.applied_to(policy_from_json(loads(row["policy"]), row["policy_version"])),
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
        "trusted_device": _seconds(policy.trusted_device),
        "passkeys": {"certified": policy.passkeys.certified, "models": sorted(policy.passkeys.models)},
        "weaker": sorted(policy.weaker),
    }


def factors_to_json(factors: FactorPolicy) -> dict[str, Any]:
    """Return the organisation's rules about factors as stored."""
    return {
        "bind_by": sorted(factors.binding.ways),
        "trusted_device": _seconds(factors.trusted_device),
        "cooling_off": _seconds(factors.cooling_off),
        "second_helper": factors.second_helper,
    }


def factors_from_json(value: Mapping[str, Any]) -> FactorPolicy:
    """Return the rules of `factors_to_json`."""
    return FactorPolicy(
        BindingPolicy(frozenset(Way(name) for name in value["bind_by"])),
        _duration(value["trusted_device"]),
        timedelta(seconds=value["cooling_off"]),
        value["second_helper"],
    )


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _weaker(value: list[str] | None) -> frozenset[Method]:
    # Policies stored before there was call-back have no such key.
    return Policy().weaker if value is None else frozenset(Method(name) for name in value)


def policy_from_json(value: Mapping[str, Any], version: int) -> Policy:
    """Return the policy of `policy_to_json`."""
    age = value["max_age"]
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
        trusted_device=_duration(value.get("trusted_device")),
        version=version,
    )
