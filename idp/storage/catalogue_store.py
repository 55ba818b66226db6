"""Configured objects as rows: rules, networks, directories, local groups, applications, and what was last applied.

Implements `configuration.ports.ConfigurationStore`. The reading of policies that sign-in does is in
`catalogue.py`; a directory as the synchronisation and the password check need it is `read_directory` here.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, delete, func, insert, select, update

from idp.configuration.objects import (
    ApplicationContent,
    Content,
    DirectoryContent,
    GroupContent,
    Kind,
    Reference,
)
from idp.configuration.ports import Applied
from idp.domain.account import AccountState
from idp.domain.factor_policy import FactorPolicy
from idp.domain.handles import ApplicationId, new_id
from idp.domain.network import Network
from idp.domain.ports import Sealer
from idp.storage.catalogue import (
    bump,
    factors_from_json,
    factors_to_json,
    policy_from_json,
    policy_to_json,
)
from idp.storage.local_groups import LocalGroups
from idp.storage.tables import (
    accounts,
    applications,
    catalogue_version,
    configured_objects,
    directories,
    networks,
    organisation_rules,
    units,
)


def bind_password_purpose(directory: str) -> str:
    """Return the purpose under which a directory's password is sealed."""
    return f"directory.bind_password:{directory}"


def read_directory(connection: Connection, sealer: Sealer, name: str) -> DirectoryContent | None:
    """Return one directory with its password; None if there is none of that name."""
    row = connection.execute(select(directories).where(directories.c.name == name)).mappings().first()
    return _directory(row, sealer) if row else None


def directory_names(connection: Connection) -> list[str]:
    """Return the names of all directories."""
    return list(connection.execute(select(directories.c.name).order_by(directories.c.name)).scalars())


class SqlCatalogueStore:
    """Implements `ConfigurationStore` over one connection."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer
        self._groups = LocalGroups(connection)

    def lock(self) -> None:
        # SQLite's writers take turns already; there FOR UPDATE says nothing.
        self._connection.execute(select(catalogue_version).with_for_update())

    def contents(self) -> Mapping[Reference, Content]:
        found: dict[Reference, Content] = {}
        for row in self._rows(organisation_rules):
            found[Reference(Kind.ORGANISATION, row["name"])] = factors_from_json(row["rules"])
        for row in self._rows(networks):
            found[Reference(Kind.NETWORK, row["name"])] = _network(row)
        for row in self._rows(directories):
            found[Reference(Kind.DIRECTORY, row["name"])] = _directory(row, self._sealer)
        for name, members in self._groups.all().items():
            found[Reference(Kind.GROUP, name)] = GroupContent(members)
        for row in self._rows(applications):
            found[Reference(Kind.APPLICATION, row["name"])] = _application(row)
        return found

    def application_id(self, name: str) -> ApplicationId | None:
        found = self._connection.execute(
            select(applications.c.id).where(applications.c.name == name)
        ).scalar()
        return ApplicationId(found) if found else None

    def applied(self) -> Mapping[Reference, Applied]:
        rows = self._connection.execute(select(configured_objects)).mappings()
        return {
            Reference(Kind(row["kind"]), row["name"]): Applied(row["file"], row["fields"]) for row in rows
        }

    def write(self, reference: Reference, content: Content, now: datetime) -> None:
        match content:
            case FactorPolicy():
                rules = {"rules": factors_to_json(content)}
                self._upsert(organisation_rules, reference.name, rules)
            case Network():
                self._upsert(networks, reference.name, _network_values(content))
            case DirectoryContent():
                self._upsert(directories, reference.name, self._directory_values(reference.name, content))
            case GroupContent():
                self._groups.write(reference.name, content.members)
            case ApplicationContent():
                self._write_application(reference.name, content, now)

    def remove(self, reference: Reference) -> None:
        if reference.kind is Kind.GROUP:
            self._groups.remove(reference.name)
            return
        table = {
            Kind.ORGANISATION: organisation_rules,
            Kind.NETWORK: networks,
            Kind.DIRECTORY: directories,
            Kind.APPLICATION: applications,
        }
        chosen = table[reference.kind]
        self._connection.execute(delete(chosen).where(chosen.c.name == reference.name))

    def remember(self, reference: Reference, applied: Applied, now: datetime) -> None:
        self.forget(reference)
        self._connection.execute(
            insert(configured_objects).values(
                kind=reference.kind.value,
                name=reference.name,
                file=applied.file,
                fields=dict(applied.fields),
                applied_at=now,
            )
        )

    def forget(self, reference: Reference) -> None:
        self._connection.execute(
            delete(configured_objects).where(
                configured_objects.c.kind == reference.kind.value,
                configured_objects.c.name == reference.name,
            )
        )

    def raise_version(self) -> None:
        bump(self._connection)

    def members(self, names: Iterable[str]) -> Mapping[str, Collection[str]]:
        return self._groups.meanings(names)

    def directory_groups(self) -> Collection[str]:
        return self._groups.foreign()

    def units(self) -> Collection[str]:
        return frozenset(self._connection.execute(select(units.c.code)).scalars())

    def accounts_of(self, directory: str) -> int:
        return self._connection.execute(
            select(func.count())
            .select_from(accounts)
            .where(accounts.c.directory == directory, accounts.c.state == AccountState.ACTIVE.value)
        ).scalar_one()

    def _rows(self, table: Table) -> Iterable[RowMapping]:
        return self._connection.execute(select(table).order_by(table.c.name)).mappings().all()

    def _upsert(self, table: Table, name: str, values: Mapping[str, Any]) -> None:
        changed = self._connection.execute(update(table).where(table.c.name == name).values(**values))
        if changed.rowcount == 0:
            self._connection.execute(insert(table).values(name=name, **values))

    def _directory_values(self, name: str, content: DirectoryContent) -> dict[str, Any]:
        values: dict[str, Any] = {
            "settings": dict(content.settings),
            "mail_domain": content.mail_domain or None,
        }
        if content.bind_password is not None:
            password = content.bind_password.encode("utf-8")
            values["sealed_password"] = self._sealer.seal(password, bind_password_purpose(name))
        return values

    def _write_application(self, name: str, content: ApplicationContent, now: datetime) -> None:
        policy = policy_to_json(content.policy)
        stored = self._connection.execute(
            select(applications.c.policy, applications.c.policy_version).where(applications.c.name == name)
        ).first()
        version = 1 if stored is None else stored.policy_version + (stored.policy != policy)
        values = _application_values(content) | {"policy": policy, "policy_version": version}
        if stored is None:
            values |= {"id": new_id(), "created_at": now}
        self._upsert(applications, name, values)


def _network(row: RowMapping) -> Network:
    return Network(
        name=row["name"],
        prefixes=tuple(ip_network(prefix) for prefix in row["prefixes"]),
        may_enrol=row["may_enrol"],
        failure_limit=row["failure_limit"],
    )


def _network_values(network: Network) -> dict[str, Any]:
    return {
        "prefixes": [str(prefix) for prefix in network.prefixes],
        "may_enrol": network.may_enrol,
        "failure_limit": network.failure_limit,
    }


def _directory(row: RowMapping, sealer: Sealer) -> DirectoryContent:
    sealed = row["sealed_password"]
    password = None
    if sealed is not None:
        password = sealer.unseal(sealed, bind_password_purpose(row["name"])).decode("utf-8")
    return DirectoryContent(row["settings"], row["mail_domain"] or "", password)


def _application(row: RowMapping) -> ApplicationContent:
    return ApplicationContent(
        title=row["title"],
        protocol=row["protocol"],
        policy=policy_from_json(row["policy"], row["policy_version"]),
        titles=row["titles"],
        description=row["description"],
        url=row["url"],
        owner=row["owner"],
        enabled=row["enabled"],
    )


def _application_values(content: ApplicationContent) -> dict[str, Any]:
    return {
        "title": content.title,
        "titles": dict(content.titles),
        "description": content.description,
        "url": content.url,
        "owner": content.owner,
        "enabled": content.enabled,
        "protocol": content.protocol,
    }
