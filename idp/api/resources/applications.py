"""Applications: what is connected, and the policy of each. Secrets are never returned (F56)."""

from dataclasses import dataclass
from typing import Annotated

from idp.api.operation import Call, Nothing, Operation, Page
from idp.api.types import Number
from idp.domain.administration import no
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
)  # fmt: skip
