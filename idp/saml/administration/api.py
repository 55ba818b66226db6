"""SAML systems as operations of the API: connecting one, looking at it, changing what is known of it.

Light: what needs pysaml2 is imported when an operation runs, as everywhere outside the room's engine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from idp.api.operation import AnyOperation, Call, Nothing, Operation
from idp.api.types import Text
from idp.domain.administration import Done, no
from idp.domain.handles import ApplicationId
from idp.domain.reason import Reason
from idp.domain.roles import Act, Allowed, Refused, System, may_act
from idp.domain.systems import NewSystem
from idp.saml.vocabulary import PROTOCOL

_LONGEST_METADATA = 60_000
_Metadata = Annotated[str, Text(_LONGEST_METADATA, about="The EntityDescriptor of one service provider.")]
_Why = Annotated[str, Text(1000, 1, about="Kept in the audit log.")]
_Attributes = Annotated[
    tuple[str, ...], Text(200, 1, about="Names, or “requested”; none leaves it to the entity categories.")
]


@dataclass(frozen=True, slots=True)
class Connection:
    """A service to be connected."""

    name: Annotated[str, Text(63, 1)]
    title: Annotated[str, Text(200, 1)]
    metadata: _Metadata
    reason: _Why
    url: Annotated[str, Text(2000)] = ""
    owner: Annotated[str, Text(320, about="User name of who decides who may use it.")] = ""
    attributes: _Attributes = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What is known of a service, anew; without metadata it stays what it is."""

    reason: _Why
    attributes: _Attributes
    metadata: _Metadata = ""


@dataclass(frozen=True, slots=True)
class CertificateDetails:
    """One certificate in a service's metadata; `soon` is when somebody should act."""

    fingerprint: str
    expires_at: datetime
    soon: bool


@dataclass(frozen=True, slots=True)
class ServiceDetails:
    """One connected service. `not_renewed` says why its metadata could not be fetched, "" if it could."""

    application: str
    name: str
    entity_id: str
    metadata_url: str
    not_renewed: str
    attributes: tuple[str, ...]
    asks_for: tuple[str, ...]
    consumers: tuple[str, ...]
    signs_requests: bool
    expired: bool
    certificates: tuple[CertificateDetails, ...]
    oddities: tuple[str, ...]


def connect(call: Call[Nothing, Connection]) -> ServiceDetails | Refused:
    """Connect a service; its policy lets nobody in yet."""
    from idp.saml.administration import connecting  # noqa: PLC0415 - see the module
    from idp.saml.metadata.reading import UnusableMetadata, read_service  # noqa: PLC0415 - see the module
    from idp.saml.services import ServiceSettings  # noqa: PLC0415 - see the module

    body = call.body
    try:
        read = read_service(body.metadata.encode("utf-8", "replace"))
    except UnusableMetadata as error:
        return _unusable(str(error))
    if not connecting.known(body.attributes):
        return no("unknown_attributes")
    new = NewSystem(body.name, body.title, PROTOCOL, body.url, body.owner)
    settings = ServiceSettings(attributes=body.attributes)
    made = connecting.connect(
        call.uow, call.doer, new, read.entity_id, body.metadata, settings, body.reason, call.occasion
    )
    return made if isinstance(made, Refused) else _details(call, made.id, made.name)


def show(call: Call[Nothing, Nothing]) -> ServiceDetails | Refused:
    """Return what is known of a service."""
    identifier = ApplicationId(call.path["application"])
    application = call.uow.catalogue.applications.get(identifier)
    seen = may_act(call.doer, Act.SEE_APPLICATION, System(identifier), call.occasion.now)
    if application is None or not isinstance(seen, Allowed):
        return no("unknown")
    return _details(call, identifier, application.name)


def change(call: Call[Nothing, Change]) -> ServiceDetails | Refused:
    """Change a service's metadata and attributes."""
    from idp.saml.administration import connecting  # noqa: PLC0415 - see the module
    from idp.saml.metadata.reading import UnusableMetadata  # noqa: PLC0415 - see the module

    identifier, body = ApplicationId(call.path["application"]), call.body
    try:
        done = connecting.change(
            call.uow, call.doer, identifier, body.metadata, body.attributes, body.reason, call.occasion
        )
    except UnusableMetadata as error:
        return _unusable(str(error))
    return show_after(call, identifier) if isinstance(done, Done) else done


def show_after(call: Call[Nothing, Change], identifier: ApplicationId) -> ServiceDetails | Refused:
    """Return a service as this unit of work leaves it."""
    application = call.uow.catalogue.applications.get(identifier)
    return _details(call, identifier, application.name if application else "")


def _unusable(why: str) -> Refused:
    return Refused((Reason("unusable_metadata", {"why": why}),))


def _details(
    call: Call[Nothing, Nothing] | Call[Nothing, Change] | Call[Nothing, Connection],
    identifier: ApplicationId,
    name: str,
) -> ServiceDetails | Refused:
    from idp.saml.administration.looking import summary  # noqa: PLC0415 - see the module
    from idp.saml.metadata.reading import read_service  # noqa: PLC0415 - see the module
    from idp.saml.store.services import read_stored  # noqa: PLC0415 - see the module

    stored = read_stored(call.uow, identifier)
    if stored is None:
        return no("unknown")
    read = read_service(stored.metadata.encode("utf-8"), stored.entity_id)
    found = summary(read, call.occasion.now)
    return ServiceDetails(
        application=identifier,
        name=name,
        entity_id=stored.entity_id,
        metadata_url=stored.settings.metadata_url,
        not_renewed=stored.problem,
        attributes=stored.settings.attributes,
        asks_for=tuple(found.asks_for),
        consumers=tuple(one.location for one in read.consumers),
        signs_requests=read.signs_requests,
        expired=found.expired,
        certificates=tuple(
            CertificateDetails(one.fingerprint, one.expires_at, one.soon) for one in found.certificates
        ),
        oddities=tuple(found.oddities),
    )


OPERATIONS: Sequence[AnyOperation] = (
    Operation(
        "saml.connect", "POST", "/saml/applications",
        "Connect a SAML service provider by its metadata; its policy lets nobody in yet.",
        Act.CONNECT_APPLICATION, connect, ServiceDetails, Nothing, Connection,
    ),
    Operation(
        "saml.show", "GET", "/applications/{application}/saml",
        "Return what is known of a SAML service provider.",
        Act.SEE_APPLICATION, show, ServiceDetails, Nothing, Nothing,
    ),
    Operation(
        "saml.change", "POST", "/applications/{application}/saml",
        "Give a SAML service provider newer metadata or other attributes.",
        Act.CHANGE_APPLICATION, change, ServiceDetails, Nothing, Change,
    ),
)  # fmt: skip
