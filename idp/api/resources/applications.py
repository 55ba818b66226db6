"""Applications: what is connected, and the policy of each. Secrets are never returned (F56)."""

from dataclasses import dataclass
from typing import Annotated

from idp.api.operation import Call, Nothing, Operation, Page
from idp.api.reasons import WithReason
from idp.api.types import Number
from idp.domain import systems
from idp.domain.administration import Done, no
from idp.domain.application import Application
from idp.domain.assurance import Assurance
from idp.domain.handles import ApplicationId
from idp.domain.roles import Act, Allowed, Refused, System, may_act


@dataclass(frozen=True, slots=True)
class PolicyDetails:
    """Who may use a system, from where, and what has to be proved."""

    everyone: bool
    groups: tuple[str, ...]
    units: tuple[str, ...]
    networks: tuple[str, ...]
    assurance: str
    session_seconds: Annotated[int, Number(0, 10**9)]
    version: int


@dataclass(frozen=True, slots=True)
class ApplicationDetails:
    """One application."""

    application: str
    name: str
    title: str
    protocol: str
    url: str
    owner: str
    enabled: bool
    policy: PolicyDetails


@dataclass(frozen=True, slots=True)
class Turned:
    """Whether the system is open now."""

    enabled: bool


def find(call: Call[Nothing, Nothing]) -> Page[ApplicationDetails]:
    """Return the applications that the token reaches, by name."""
    found = sorted(call.uow.catalogue.applications.values(), key=lambda one: one.name)
    seen = [one for one in found if one.name > call.after and _sees(call, one)]
    page = seen[: call.most]
    return Page([_details(one) for one in page], page[-1].name if len(seen) > len(page) else "")


def show(call: Call[Nothing, Nothing]) -> ApplicationDetails | Refused:
    """Return one application."""
    found = call.uow.catalogue.applications.get(ApplicationId(call.path["application"]))
    return _details(found) if found is not None and _sees(call, found) else no("unknown")


def close(call: Call[Nothing, WithReason]) -> Turned | Refused:
    """Close a system to everybody."""
    return _turned(call, enabled=False)


def reopen(call: Call[Nothing, WithReason]) -> Turned | Refused:
    """Open a closed system again."""
    return _turned(call, enabled=True)


def _turned(call: Call[Nothing, WithReason], *, enabled: bool) -> Turned | Refused:
    done = systems.open_or_close(
        call.uow,
        call.doer,
        call.application(),
        enabled=enabled,
        reason=call.body.reason,
        occasion=call.occasion,
    )
    return Turned(enabled) if isinstance(done, Done) else done


def _sees(call: Call[Nothing, Nothing], application: Application) -> bool:
    answer = may_act(call.doer, Act.SEE_APPLICATION, System(application.id), call.occasion.now)
    return isinstance(answer, Allowed)


def _details(one: Application) -> ApplicationDetails:
    policy = one.policy
    return ApplicationDetails(
        application=one.id,
        name=one.name,
        title=one.title,
        protocol=one.protocol,
        url=one.url,
        owner=one.owner,
        enabled=one.enabled,
        policy=PolicyDetails(
            everyone=policy.audience.everyone,
            groups=tuple(sorted(policy.audience.groups)),
            units=tuple(sorted(policy.audience.units)),
            networks=tuple(sorted(policy.networks)),
            assurance=Assurance(policy.assurance).name.lower(),
            session_seconds=int(policy.session_lifetime.total_seconds()),
            version=policy.version,
        ),
    )


OPERATIONS = (
    Operation(
        "applications.find", "GET", "/applications", "Return the applications.",
        Act.SEE_APPLICATION, find, ApplicationDetails, Nothing, Nothing, paged=True,
    ),
    Operation(
        "applications.show", "GET", "/applications/{application}", "Return one application.",
        Act.SEE_APPLICATION, show, ApplicationDetails, Nothing, Nothing,
    ),
    Operation(
        "applications.close", "POST", "/applications/{application}/close",
        "Close a system to everybody; nothing of it is deleted.",
        Act.CHANGE_APPLICATION, close, Turned, Nothing, WithReason,
    ),
    Operation(
        "applications.open", "POST", "/applications/{application}/open", "Open a closed system again.",
        Act.CHANGE_APPLICATION, reopen, Turned, Nothing, WithReason,
    ),
)  # fmt: skip
