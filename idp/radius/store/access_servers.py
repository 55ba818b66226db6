"""Network access servers as rows; secrets are sealed (R7)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from sqlalchemy import insert, select, update

from idp.domain.handles import ApplicationId
from idp.domain.ports import UnitOfWork
from idp.radius.credentials import Form
from idp.radius.nas import Nas, NasSettings, ReplyRule, Signing
from idp.radius.store.connection import connection_of, sealed, unsealed
from idp.radius.tables import access_servers, secret_purpose
from idp.storage.catalogue import bump


def read_all(uow: UnitOfWork) -> Sequence[Nas]:
    """Return every NAS, with its secrets."""
    return [_nas(uow, row) for row in connection_of(uow).execute(select(access_servers)).mappings()]


def read_one(uow: UnitOfWork, application_id: str) -> Nas | None:
    """Return the NAS of an application."""
    query = select(access_servers).where(access_servers.c.application_id == application_id)
    row = connection_of(uow).execute(query).mappings().first()
    return None if row is None else _nas(uow, row)


def write_settings(uow: UnitOfWork, application_id: str, settings: NasSettings) -> None:
    """Create or change a NAS; its secrets stay."""
    connection = connection_of(uow)
    values = {"settings": settings_to_json(settings)}
    changed = connection.execute(
        update(access_servers).where(access_servers.c.application_id == application_id).values(values)
    )
    if changed.rowcount == 0:
        connection.execute(insert(access_servers).values(application_id=application_id, **values))
    bump(connection)


def write_secrets(uow: UnitOfWork, application_id: str, secret: str, previous: str | None) -> None:
    """Store a NAS's secret and, while it is being changed, the one before."""
    purpose = secret_purpose({"application_id": application_id})
    held = sealed(uow, previous.encode(), purpose) if previous is not None else None
    connection = connection_of(uow)
    connection.execute(
        update(access_servers)
        .where(access_servers.c.application_id == application_id)
        .values(sealed_secret=sealed(uow, secret.encode(), purpose), sealed_previous_secret=held)
    )
    bump(connection)


def note_signed(uow: UnitOfWork, application_id: str, now: datetime) -> bool:
    """Note that a NAS marked unable has sent Message-Authenticator: from now on it must. True the first time."""
    connection = connection_of(uow)
    changed = connection.execute(
        update(access_servers)
        .where(access_servers.c.application_id == application_id, access_servers.c.signed_since.is_(None))
        .values(signed_since=now)
    )
    if changed.rowcount:
        bump(connection)
    return changed.rowcount == 1


def _nas(uow: UnitOfWork, row: Mapping[Any, Any]) -> Nas:
    purpose = secret_purpose(row)
    held = (row["sealed_secret"], row["sealed_previous_secret"])
    application_id = ApplicationId(row["application_id"])
    # Within the transaction that makes it, the catalogue does not have it yet.
    application = uow.catalogue.applications.get(application_id)
    policy = application.policy if application else None
    return Nas(
        application_id=application_id,
        settings=settings_from_json(row["settings"]),
        secrets=tuple(unsealed(uow, secret, purpose) for secret in held if secret is not None),
        name=application.name if application else "",
        title=application.title if application else "",
        signed=row["signed_since"] is not None,
        place_matters=policy is None or bool(policy.networks or policy.assurance_on),
    )


def settings_to_json(settings: NasSettings) -> dict[str, Any]:
    """Return settings as stored."""
    return {
        "networks": [str(network) for network in settings.networks],
        "nas_identifier": settings.nas_identifier,
        "form": settings.form.value,
        "code_digits": settings.code_digits,
        "message_authenticator": settings.message_authenticator.value,
        "language": settings.language,
        "disconnect_port": settings.disconnect_port,
        "certificate_name": settings.certificate_name,
        "replies": [[rule.attribute, rule.value, rule.group] for rule in settings.replies],
        "texts": dict(settings.texts),
    }


def settings_from_json(value: Mapping[str, Any]) -> NasSettings:
    """Return the settings of `settings_to_json`."""
    return NasSettings(
        networks=tuple(ip_network(network) for network in value["networks"]),
        nas_identifier=value["nas_identifier"],
        form=Form(value["form"]),
        code_digits=value["code_digits"],
        message_authenticator=Signing(value["message_authenticator"]),
        language=value["language"],
        disconnect_port=value["disconnect_port"],
        certificate_name=value["certificate_name"],
        replies=tuple(ReplyRule(*rule) for rule in value["replies"]),
        texts=value["texts"],
    )
