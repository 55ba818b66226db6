"""Contents as fields: one flat, canonical form in which the same configuration always looks the same. Pure."""

from collections.abc import Callable, Mapping

from idp.configuration.factors import write_factors
from idp.configuration.objects import (
    SECRET_MARK,
    ApplicationContent,
    Content,
    DirectoryContent,
    Fields,
    GroupContent,
    JsonValue,
    Kind,
    Reference,
)
from idp.configuration.policy import write_policy
from idp.configuration.ports import ApplicationExtension
from idp.domain.application import Policy
from idp.domain.factor_policy import FactorPolicy
from idp.domain.network import Network

#: A keyed hash of a secret for the purpose of one field.
Mac = Callable[[bytes, str], bytes]

_APPLICATION_DEFAULTS: Fields = {"titles": {}, "description": "", "url": "", "owner": "", "enabled": True}
_NETWORK_DEFAULTS: Fields = {"may_enrol": False}
_POLICY_DEFAULTS: Fields = {f"policy.{name}": value for name, value in write_policy(Policy()).items()}
DEFAULTS: Mapping[Kind, Fields] = {
    Kind.ORGANISATION: write_factors(FactorPolicy()),
    Kind.NETWORK: _NETWORK_DEFAULTS,
    Kind.DIRECTORY: {"mail_domain": ""},
    Kind.GROUP: {},
    Kind.APPLICATION: {**_APPLICATION_DEFAULTS, **_POLICY_DEFAULTS},
}


def fields_of(
    reference: Reference, content: Content, extensions: Mapping[str, ApplicationExtension], mac: Mac
) -> Fields:
    """Return the fields of one object."""
    match content:
        case FactorPolicy():
            return write_factors(content)
        case Network():
            return {
                "prefixes": [*sorted(str(prefix) for prefix in content.prefixes)],
                "may_enrol": content.may_enrol,
                "failure_limit": content.failure_limit,
            }
        case GroupContent():
            return {"members": [*sorted(content.members)]}
        case DirectoryContent():
            fields = {**content.settings, "mail_domain": content.mail_domain}
            if content.bind_password is not None:
                fields["bind_password"] = _hidden(reference, "bind_password", content.bind_password, mac)
            return fields
        case ApplicationContent():
            return _application(reference, content, extensions, mac)


def _application(
    reference: Reference,
    content: ApplicationContent,
    extensions: Mapping[str, ApplicationExtension],
    mac: Mac,
) -> Fields:
    fields: dict[str, JsonValue] = {
        "title": content.title,
        "titles": dict(sorted(content.titles.items())),
        "description": content.description,
        "url": content.url,
        "owner": content.owner,
        "enabled": content.enabled,
        "protocol": content.protocol,
    }
    fields |= {f"policy.{name}": value for name, value in write_policy(content.policy).items()}
    extension = extensions.get(content.protocol)
    if extension is not None and content.extension is not None:
        dumped = plain(extension.dump(content.extension))
        fields |= {f"{content.protocol}.{name}": value for name, value in dumped.items()}
    for name, secret in content.secrets.items():
        fields[f"{content.protocol}.{name}"] = _hidden(reference, name, secret, mac)
    return fields


def _hidden(reference: Reference, name: str, secret: str, mac: Mac) -> str:
    # The purpose names the object, so that two objects with one password do not look alike in the database.
    purpose = f"configuration.secret:{reference.key}.{name}"
    return SECRET_MARK + mac(secret.encode("utf-8"), purpose).hex()


def plain(table: Mapping[str, object]) -> dict[str, JsonValue]:
    """Return a table as JSON values; what TOML has besides (dates) becomes text."""
    return {str(name): _plain(value) for name, value in table.items()}


def _plain(value: object) -> JsonValue:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return plain(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value)


def as_table(kind: Kind, fields: Fields) -> dict[str, JsonValue]:
    """Return the table of the file for an object: without what is the default, and without secrets."""
    table: dict[str, JsonValue] = {}
    defaults = DEFAULTS[kind]
    for name, value in fields.items():
        hidden = isinstance(value, str) and value.startswith(SECRET_MARK)
        if value is None or hidden or (name in defaults and defaults[name] == value):
            continue
        outer, dot, inner = name.partition(".")
        if not dot or kind is not Kind.APPLICATION:
            table[name] = _without_none(value)
            continue
        within = table.setdefault(outer, {})
        if isinstance(within, dict):
            within[inner] = _without_none(value)
    return table


def _without_none(value: JsonValue) -> JsonValue:
    """TOML has no null."""
    if isinstance(value, dict):
        return {name: _without_none(one) for name, one in value.items() if one is not None}
    return value
