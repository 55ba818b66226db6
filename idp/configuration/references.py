"""Whether everything that the configuration refers to exists, and what a person should be warned of. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from idp.configuration.objects import ApplicationContent, Content, DirectoryContent, Reference
from idp.configuration.table_reader import Problems, did_you_mean
from idp.domain.application import Policy


@dataclass(frozen=True, slots=True)
class Known:
    """The names there will be once the configuration is applied."""

    networks: Collection[str]
    groups: Collection[str]
    units: Collection[str]


def check_references(
    contents: Mapping[Reference, Content], described: Collection[Reference], known: Known
) -> list[str]:
    """Return warnings; raises ConfigurationError for names that nothing has.

    `contents` is everything as it will be; warnings are given only about what the file describes.
    """
    problems = Problems()
    warnings: list[str] = []
    for reference, content in contents.items():
        if isinstance(content, ApplicationContent):
            found = _check_policy(f"{reference.key}.policy", content.policy, known, problems)
            warnings += found if reference in described else []
    problems.raise_any()
    return warnings


def _check_policy(key: str, policy: Policy, known: Known, problems: Problems) -> list[str]:
    warnings = []
    for name, used in (("networks", policy.networks), ("assurance_on", policy.assurance_on)):
        for network in sorted(used):
            if network not in known.networks:
                hint = did_you_mean(network, known.networks)
                problems.add(f"{key}.{name}", f"there is no network {network!r}{hint}")
    for unit in sorted(policy.audience.units - set(known.units)):
        hint = did_you_mean(unit, known.units) if len(known.units) < _SHOWN else ""
        if known.units:
            problems.add(f"{key}.units", f"there is no unit {unit!r}{hint}")
        else:
            warnings.append(f"{key}.units: there is no unit {unit!r} before a directory has been read")
    for group in sorted(policy.audience.groups - set(known.groups)):
        hint = did_you_mean(group, known.groups) if len(known.groups) < _SHOWN else ""
        warnings.append(f"{key}.groups: there is no group {group!r} until a directory brings one{hint}")
    return warnings + _doubts(key, policy)


_SHOWN = 20


def _doubts(key: str, policy: Policy) -> list[str]:
    doubts = []
    audience = policy.audience
    if not (audience.everyone or audience.groups or audience.units):
        doubts.append(f"{key}: nobody is let in: neither everyone nor groups nor units are given")
    return doubts


def check_passwords(wanted: Mapping[Reference, Content], stored: Mapping[Reference, Content]) -> None:
    """Raise ConfigurationError where a directory's password is missing, or would be shown to another host.

    Statement C7: whoever may change an address must not learn the password by pointing it at himself.
    """
    problems = Problems()
    for reference, content in wanted.items():
        if not isinstance(content, DirectoryContent) or content.bind_password is not None:
            continue
        if content.settings.get("kind") == "personnel_file":
            continue  # nothing is bound to
        key = f"{reference.key}.bind_password"
        before = stored.get(reference)
        if not isinstance(before, DirectoryContent) or before.bind_password is None:
            problems.add(key, 'is missing; expected { env = "NAME" } or { file = "PATH" }')
        elif _target(before) != _target(content):
            problems.add(key, "is needed again, because url names another host than the stored password's")
    problems.raise_any()


def _target(directory: DirectoryContent) -> tuple[str, str | None, int | None, object]:
    parts = urlsplit(str(directory.settings.get("url", "")))
    try:
        port = parts.port
    except ValueError:
        port = None
    # A connection that no longer checks who answers is another target as well.
    trust = (directory.settings.get("ca_file"), directory.settings.get("start_tls"))
    return parts.scheme, parts.netloc.lower() if port is None else parts.hostname, port, trust
