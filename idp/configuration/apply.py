"""Planning and applying a configuration file, inside one unit of work that the caller began.

The plan that is returned is the plan that was carried out: both are made of the same reading, under a lock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from idp.configuration.comparison import Action, Choices, Line, Plan, compare
from idp.configuration.fields import fields_of
from idp.configuration.objects import (
    ApplicationContent,
    Content,
    Fields,
    GroupContent,
    Kind,
    Reference,
    is_secret,
)
from idp.configuration.ports import ApplicationExtension, Applied, ConfigurationStore
from idp.configuration.references import Known, check_passwords, check_references
from idp.configuration.table_reader import Problems
from idp.domain.audit import record
from idp.domain.events import ConfigurationChanged
from idp.domain.occasion import Occasion
from idp.domain.ports import Sealer, UnitOfWork


@dataclass(frozen=True, slots=True)
class Configuration:
    """One unit of work's configuration."""

    uow: UnitOfWork
    store: ConfigurationStore
    extensions: Mapping[str, ApplicationExtension]
    sealer: Sealer

    def stored(self) -> dict[Reference, Content]:
        """Return everything stored, the protocols' parts included."""
        return {
            reference: self._extended(reference, content)
            for reference, content in self.store.contents().items()
        }

    def fields(self, contents: Mapping[Reference, Content]) -> dict[Reference, Fields]:
        """Return the fields of all contents."""
        return {
            reference: fields_of(reference, content, self.extensions, self.sealer.mac)
            for reference, content in contents.items()
        }

    def _extended(self, reference: Reference, content: Content) -> Content:
        if not isinstance(content, ApplicationContent) or content.protocol not in self.extensions:
            return content
        application_id = self.store.application_id(reference.name)
        if application_id is None:
            return content
        value = self.extensions[content.protocol].read(self.uow, application_id)
        return replace(content, extension=value)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with what carrying it out needs."""

    plan: Plan
    wanted: Mapping[Reference, Content]
    wanted_fields: Mapping[Reference, Fields]
    applied: Mapping[Reference, Applied]
    file: str


def prepare(
    configuration: Configuration, described: Mapping[Reference, Content], file: str, choices: Choices
) -> Prepared:
    """Compare the file named `file` with what is stored; raises ConfigurationError for what cannot be."""
    stored = configuration.stored()
    wanted, warnings = _members_resolved(configuration.store, described)
    check_passwords(wanted, stored)
    applied = configuration.store.applied()
    wanted_fields = configuration.fields(wanted)
    stored_fields = _with_applied_secrets(configuration.fields(stored), applied)
    plan = compare(wanted_fields, stored_fields, applied, file, choices)
    removed = {line.reference for line in plan.lines if line.action is Action.REMOVE}
    undecided = {line.reference for line in plan.left_alone}
    result = {reference: content for reference, content in stored.items() if reference not in removed}
    result |= {reference: content for reference, content in wanted.items() if reference not in undecided}
    warnings += check_references(result, wanted.keys(), _known(configuration.store, result))
    _check_removals(configuration.store, removed)
    return Prepared(replace(plan, warnings=tuple(warnings)), wanted, wanted_fields, applied, file)


def carry_out(configuration: Configuration, prepared: Prepared, occasion: Occasion) -> None:
    """Do what the plan says, audited, and remember it."""
    store = configuration.store
    for line in prepared.plan.doing:
        if line.action is Action.REMOVE:
            store.remove(line.reference)
            store.forget(line.reference)
        else:
            _write(configuration, line.reference, prepared.wanted[line.reference], occasion)
        record(configuration.uow.audit, _event(line), occasion)
    _remember(store, prepared, occasion)
    if prepared.plan.doing:
        store.raise_version()


def _write(configuration: Configuration, reference: Reference, content: Content, occasion: Occasion) -> None:
    configuration.store.write(reference, content, occasion.now)
    if isinstance(content, ApplicationContent) and content.extension is not None:
        application_id = configuration.store.application_id(reference.name)
        if application_id is not None:
            extension = configuration.extensions[content.protocol]
            extension.write(configuration.uow, application_id, content.extension)


def _event(line: Line) -> ConfigurationChanged:
    changed = {Action.CREATE: "created", Action.CHANGE: "changed", Action.REMOVE: "removed"}[line.action]
    return ConfigurationChanged(
        object=str(line.reference)[:200],
        change=changed,
        fields=sorted(change.name for change in line.changes if change.stored != change.wanted),
    )


def _remember(store: ConfigurationStore, prepared: Prepared, occasion: Occasion) -> None:
    undecided = {line.reference for line in prepared.plan.left_alone}
    for reference, fields in prepared.wanted_fields.items():
        before = prepared.applied.get(reference)
        if before is not None:
            # A secret that the file does not give stays as it was applied.
            secrets = {name: value for name, value in before.fields.items() if is_secret(value)}
            fields = {**secrets, **fields}  # noqa: PLW2901 - the same fields, completed
        now_applied = Applied(prepared.file, fields)
        if reference not in undecided and before != now_applied:
            store.remember(reference, now_applied, occasion.now)


def _members_resolved(
    store: ConfigurationStore, described: Mapping[Reference, Content]
) -> tuple[dict[Reference, Content], list[str]]:
    """Return the contents with members as they are stored, and warnings about names that nobody has."""
    groups = {ref: content for ref, content in described.items() if isinstance(content, GroupContent)}
    means = store.members({name for group in groups.values() for name in group.members})
    resolved: dict[Reference, Content] = dict(described)
    warnings = []
    for reference, group in groups.items():
        kept: list[str] = []
        for name in group.members:
            found = means.get(name, ())
            if len(found) == 1:
                kept += found
            else:
                why = "is nobody's yet; left out" if not found else "is more than one person's; left out"
                warnings.append(f"{reference.key}.members: {name!r} {why}")
        resolved[reference] = GroupContent(tuple(sorted(set(kept))))
        if reference.name in store.directory_groups():
            warnings.append(f"{reference.key}: a directory has a group of this name too; policies mean both")
    return resolved, warnings


def _with_applied_secrets(
    stored: Mapping[Reference, Fields], applied: Mapping[Reference, Applied]
) -> dict[Reference, Fields]:
    """An application's secret cannot be read back, so the last applied one stands for the stored one."""
    result: dict[Reference, Fields] = {}
    for reference, fields in stored.items():
        last = applied.get(reference)
        secrets = {}
        if last is not None and reference.kind is Kind.APPLICATION:
            secrets = {name: value for name, value in last.fields.items() if is_secret(value)}
        result[reference] = {**secrets, **fields}
    return result


def _known(store: ConfigurationStore, contents: Mapping[Reference, Content]) -> Known:
    names = {kind: {ref.name for ref in contents if ref.kind is kind} for kind in Kind}
    return Known(
        networks=names[Kind.NETWORK],
        groups=names[Kind.GROUP] | set(store.directory_groups()),
        units=store.units(),
    )


def _check_removals(store: ConfigurationStore, removed: set[Reference]) -> None:
    problems = Problems()
    for reference in sorted(removed, key=str):
        if reference.kind is Kind.DIRECTORY and (accounts := store.accounts_of(reference.name)):
            problems.add(
                reference.key, f"{accounts} active accounts have their password there; disable them first"
            )
    problems.raise_any()
