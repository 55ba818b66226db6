"""Asking systems as rows. Of a secret only a keyed hash is stored, bound to its application."""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork
from idp.storage.catalogue import bump
from idp.storage.prepared import Prepared, loads
from idp.storage.unit_of_work import SqlUnitOfWork
from idp.verification.asking_systems import AskingSettings, AskingSystem, Kind
from idp.verification.tables import asking_systems

_ONE = Prepared(select(asking_systems).where(asking_systems.c.application_id == bindparam("asked")))


def secret_mac(uow: UnitOfWork, application_id: str, secret: str) -> bytes:
    """Return what is stored of a secret."""
    message = f"{application_id}\0{secret}".encode("utf-8", "surrogatepass")
    return _sql(uow).sealer.mac(message, "verification.secret")


def read_one(uow: UnitOfWork, application_id: str) -> AskingSystem | None:
    """Return the asking system of an application."""
    row = _ONE.run(_connection(uow), asked=application_id).mappings().first()
    return None if row is None else _system(row)


def write_settings(uow: UnitOfWork, application_id: str, settings: AskingSettings) -> None:
    """Create or change one; its secrets stay."""
    connection = _connection(uow)
    values = {"settings": settings_to_json(settings)}
    here = asking_systems.c.application_id == application_id
    if connection.execute(update(asking_systems).where(here).values(values)).rowcount == 0:
        connection.execute(insert(asking_systems).values(application_id=application_id, **values))
    bump(connection)


def write_secrets(uow: UnitOfWork, application_id: str, secret: str, previous: str | None) -> None:
    """Store a system's secret and, while it is being changed, the one before."""
    held = secret_mac(uow, application_id, previous) if previous is not None else None
    values = {"secret_mac": secret_mac(uow, application_id, secret), "previous_secret_mac": held}
    connection = _connection(uow)
    here = asking_systems.c.application_id == application_id
    connection.execute(update(asking_systems).where(here).values(values))
    bump(connection)


def settings_to_json(settings: AskingSettings) -> dict[str, object]:
    """Return the settings as they are stored, and as a file writes them."""
    return {
        "kinds": [kind.value for kind in settings.kinds],
        "networks": [str(network) for network in settings.networks],
    }


def _system(row: Mapping[Any, Any]) -> AskingSystem:
    stored = loads(row["settings"])
    return AskingSystem(
        application_id=ApplicationId(row["application_id"]),
        settings=AskingSettings(
            kinds=tuple(Kind(kind) for kind in stored["kinds"]),
            networks=tuple(ip_network(network) for network in stored["networks"]),
        ),
        secret_macs=tuple(
            bytes(mac) for mac in (row["secret_mac"], row["previous_secret_mac"]) if mac is not None
        ),
    )


def _sql(uow: UnitOfWork) -> SqlUnitOfWork:
    if not isinstance(uow, SqlUnitOfWork):
        raise TypeError("asking systems live in the SQL database")
    return uow


def _connection(uow: UnitOfWork) -> Connection:
    return _sql(uow).connection
