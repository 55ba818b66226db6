"""A system's policy: read, tried out on everybody, and changed if nobody changed it since it was read."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from idp.api.operation import Call, Nothing, Operation
from idp.api.reasons import Why
from idp.api.types import Number, Text
from idp.domain import systems
from idp.domain.administration import no
from idp.domain.application import AcceptedPasskeys, Application, Audience, Policy
from idp.domain.assurance import WEAKER, Assurance, Method
from idp.domain.entitlements import sees
from idp.domain.roles import Act, Refused

Name = Annotated[str, Text(200, 1)]
Seconds = Annotated[int, Number(60, 90 * 86_400)]
_MOST = 200


@dataclass(frozen=True, slots=True)
class Level:
    """Another level on a named network."""

    network: Name
    assurance: Annotated[str, Text(32)]


@dataclass(frozen=True, slots=True)
class Rules:
    """Who, from where, how strongly, how fresh."""

    everyone: bool
    groups: tuple[Name, ...]
    units: tuple[Name, ...]
    networks: tuple[Name, ...]
    assurance: Annotated[str, Text(32, about="one_factor, two_factors or phishing_resistant.")]
    session_seconds: Seconds
    assurance_on: tuple[Level, ...] = ()
    age_seconds: Seconds | None = None
    trusted_seconds: Seconds | None = None
    weaker: tuple[Name, ...] = ()
    certified_passkeys: bool = False
    passkey_models: tuple[Name, ...] = ()
    open_without_directory: bool = False


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """The rules with their version."""

    rules: Rules
    version: Annotated[int, Number(0, 2**31)]


@dataclass(frozen=True, slots=True)
class NewPolicy:
    """Other rules, and why."""

    rules: Rules
    reason: Why


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom other rules would reach; logins, the first two hundred of each."""

    before: Annotated[int, Number(0, 10**7)]
    after: Annotated[int, Number(0, 10**7)]
    gaining: tuple[str, ...]
    losing: tuple[str, ...]
    lacking_factor: tuple[str, ...]


def show(call: Call[Nothing, Nothing]) -> StoredPolicy | Refused:
    """Return a system's policy."""
    found = sees(call.uow, call.doer, call.application(), call.occasion)
    return no("unknown") if found is None else StoredPolicy(_rules(found.policy), found.policy.version)


def preview(call: Call[Nothing, Rules]) -> Reached | Refused:
    """Say whom other rules would reach; nothing is changed."""
    found = _system(call)
    if isinstance(found, Refused):
        return found
    wanted = _policy(call.body, found.policy)
    if wanted is None:
        return no("malformed")
    change = systems.foreseen(call.uow, call.doer, found.id, wanted, call.occasion)
    if isinstance(change, Refused):
        return change
    lists = [
        tuple(one.known.facts.account.login for one in crossings[:_MOST])
        for crossings in (change.gaining, change.losing, change.lacking_factor)
    ]
    return Reached(change.before, change.after, *lists)


def change(call: Call[Nothing, NewPolicy]) -> StoredPolicy | Refused:
    """Replace a system's rules."""
    found = _system(call)
    if isinstance(found, Refused):
        return found
    wanted = _policy(call.body.rules, found.policy)
    if wanted is None:
        return no("malformed")
    done = systems.change_policy(
        call.uow, call.doer, found.id, wanted, found.policy.version, call.body.reason, call.occasion
    )
    return done if isinstance(done, Refused) else StoredPolicy(_rules(wanted), found.policy.version + 1)


def _system(call: Call[Nothing, Rules] | Call[Nothing, NewPolicy]) -> Application | Refused:
    return systems.changeable(call.uow, call.doer, call.application(), call.occasion)


def _rules(policy: Policy) -> Rules:
    return Rules(
        everyone=policy.audience.everyone,
        groups=tuple(sorted(policy.audience.groups)),
        units=tuple(sorted(policy.audience.units)),
        networks=tuple(sorted(policy.networks)),
        assurance=policy.assurance.name.lower(),
        session_seconds=int(policy.session_lifetime.total_seconds()),
        assurance_on=tuple(
            Level(name, level.name.lower()) for name, level in sorted(policy.assurance_on.items())
        ),
        age_seconds=int(policy.max_age.total_seconds()) if policy.max_age else None,
        trusted_seconds=int(policy.trusted_device.total_seconds()) if policy.trusted_device else None,
        weaker=tuple(sorted(policy.weaker)),
        certified_passkeys=policy.passkeys.certified,
        passkey_models=tuple(sorted(policy.passkeys.models)),
        open_without_directory=policy.open_without_directory,
    )


def _policy(rules: Rules, before: Policy) -> Policy | None:
    """Return the policy; None if a level or method is none, or everyone comes with groups."""
    levels = {level.name.lower(): level for level in Assurance if level is not Assurance.NONE}
    named = [rules.assurance, *(one.assurance for one in rules.assurance_on)]
    both = rules.everyone and (rules.groups or rules.units)
    if both or not set(named) <= set(levels) or not set(rules.weaker) <= set(WEAKER):
        return None
    return Policy(
        audience=Audience(rules.everyone, frozenset(rules.groups), frozenset(rules.units)),
        networks=frozenset(rules.networks),
        assurance=levels[rules.assurance],
        assurance_on={one.network: levels[one.assurance] for one in rules.assurance_on},
        max_age=_span(rules.age_seconds),
        session_lifetime=timedelta(seconds=rules.session_seconds),
        passkeys=AcceptedPasskeys(rules.certified_passkeys, frozenset(rules.passkey_models)),
        weaker=frozenset(Method(one) for one in rules.weaker),
        open_without_directory=rules.open_without_directory,
        trusted_device=_span(rules.trusted_seconds),
        version=before.version,
    )


def _span(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


_PATH = "/applications/{application}/policy"
OPERATIONS = (
    Operation(
        "policies.show", "GET", _PATH, "Return a system's policy.",
        Act.SEE_APPLICATION, show, StoredPolicy, Nothing, Nothing,
    ),
    Operation(
        "policies.preview", "POST", f"{_PATH}/preview", "Say whom other rules would reach; nothing is changed.",
        Act.CHANGE_APPLICATION, preview, Reached, Nothing, Rules,
    ),
    Operation(
        "policies.change", "PUT", _PATH, "Replace a system's rules, if nobody changed them since they were read.",
        Act.CHANGE_APPLICATION, change, StoredPolicy, Nothing, NewPolicy, current=show, guarded=True,
    ),
)  # fmt: skip
