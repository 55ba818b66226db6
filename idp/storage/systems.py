"""Applications as administrators make and change them, one row at a time; the catalogue's version rises with each."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.administration_ports import KnownNames
from idp.domain.application import Application, Policy
from idp.domain.handles import ApplicationId
from idp.storage.catalogue import bump, policy_to_json
from idp.storage.tables import applications, configured_objects, groups, networks, units


class SqlSystems:
    """Implements `administration_ports.Systems`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, application: Application, now: datetime) -> bool:
        values: dict[str, Any] = {
            "id": application.id,
            "name": application.name,
            "protocol": application.protocol,
            "title": application.title,
            "titles": dict(application.titles),
            "description": application.description,
            "url": application.url,
            "owner": application.owner,
            "enabled": application.enabled,
            "policy": policy_to_json(application.policy),
            "policy_version": application.policy.version,
            "created_at": now,
        }
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(applications).values(values))
        except IntegrityError:
            return False
        bump(self._connection)
        return True

    def change_policy(self, identifier: ApplicationId, policy: Policy, version: int) -> bool:
        changed = self._connection.execute(
            update(applications)
            .where(applications.c.id == identifier, applications.c.policy_version == version)
            .values(policy=policy_to_json(policy), policy_version=version + 1)
        )
        bump(self._connection)
        return changed.rowcount == 1

    def open_or_close(self, identifier: ApplicationId, *, enabled: bool) -> bool:
        changed = self._connection.execute(
            update(applications)
            .where(applications.c.id == identifier, applications.c.enabled.is_(not enabled))
            .values(enabled=enabled)
        )
        bump(self._connection)
        return changed.rowcount == 1

    def names(self) -> KnownNames:
        def of(column: Any) -> frozenset[str]:
            return frozenset(self._connection.execute(select(column)).scalars())

        return KnownNames(of(groups.c.name), of(units.c.code), of(networks.c.name))

    def file_of(self, name: str) -> str:
        found = self._connection.execute(
            select(configured_objects.c.file).where(
                configured_objects.c.kind == "application", configured_objects.c.name == name
            )
        ).scalar()
        return str(found or "")
