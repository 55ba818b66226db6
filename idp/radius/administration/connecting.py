"""Connecting a network access server, changing what is said of it, and its secrets: use cases behind the pages.

A secret is random, shown once and sealed; during a change two are good, so that nobody is shut out meanwhile (R7, C7).
"""

from dataclasses import dataclass, field

from idp.domain import systems
from idp.domain.administration import Done, no
from idp.domain.application import Application
from idp.domain.appointments import printable
from idp.domain.handles import ApplicationId, new_handle
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.reason import Reason
from idp.domain.roles import Doer, Refused
from idp.domain.systems import NewSystem
from idp.radius.nas import Nas, NasSettings, clash
from idp.radius.store.access_servers import read_all, read_one, write_secrets, write_settings


@dataclass(frozen=True, slots=True)
class Connected:
    """A server that was connected just now; `secret` is shown once, "" for one that is known by its certificate."""

    application: Application
    settings: NasSettings
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that was made just now; shown once."""

    secret: str = field(repr=False)


def connectable(
    uow: UnitOfWork, doer: Doer, new: NewSystem, settings: NasSettings, reason: str, occasion: Occasion
) -> Refused | None:
    """Say why the server cannot be connected; None if it can."""
    refused = systems.connectable(uow, doer, new, reason, occasion)
    return refused or _wrong_beside(uow, settings, "")


def connect(
    uow: UnitOfWork, doer: Doer, new: NewSystem, settings: NasSettings, reason: str, occasion: Occasion
) -> Connected | Refused:
    """Create the system, its server and a secret; nobody is let in until its policy says who."""
    refused = connectable(uow, doer, new, settings, reason, occasion)
    made = refused or systems.connect(uow, doer, new, reason, occasion)
    if isinstance(made, Refused):
        return made
    write_settings(uow, made.id, settings)
    secret = new_handle() if settings.networks else ""
    if secret:
        write_secrets(uow, made.id, secret, None)
    return Connected(made, settings, secret)


def change(
    uow: UnitOfWork,
    doer: Doer,
    identifier: ApplicationId,
    settings: NasSettings,
    reason: str,
    occasion: Occasion,
) -> Done | Refused:
    """Change what is said of a server; its secrets stay. One that gets an address first needs a secret made then."""
    found = _server(uow, doer, identifier, reason, occasion)
    if isinstance(found, Refused):
        return found
    application, nas = found
    if settings == nas.settings:
        return no("nothing_to_do")
    refused = _wrong_beside(uow, settings, identifier)
    if refused is not None:
        return refused
    write_settings(uow, identifier, settings)
    systems.note(uow, application, "changed", ["radius"], printable(reason), occasion)
    return Done()


def new_secret(
    uow: UnitOfWork, doer: Doer, identifier: ApplicationId, reason: str, occasion: Occasion
) -> NewSecret | Refused:
    """Make a new secret; the one before stays good until `end_old_secret`."""
    found = _server(uow, doer, identifier, reason, occasion)
    if isinstance(found, Refused):
        return found
    application, nas = found
    if not nas.settings.networks:
        return no("no_secret")
    if nas.secrets[1:]:
        return no("change_under_way")
    secret = new_handle()
    write_secrets(uow, identifier, secret, nas.secrets[0].decode() if nas.secrets else None)
    systems.note(uow, application, "changed", ["shared_secret"], printable(reason), occasion)
    return NewSecret(secret)


def end_old_secret(
    uow: UnitOfWork, doer: Doer, identifier: ApplicationId, reason: str, occasion: Occasion
) -> Done | Refused:
    """Let only the new secret be good."""
    found = _server(uow, doer, identifier, reason, occasion)
    if isinstance(found, Refused):
        return found
    application, nas = found
    if not nas.secrets[1:]:
        return no("nothing_to_do")
    write_secrets(uow, identifier, nas.secrets[0].decode(), None)
    systems.note(uow, application, "changed", ["previous_shared_secret"], printable(reason), occasion)
    return Done()


def _server(
    uow: UnitOfWork, doer: Doer, identifier: ApplicationId, reason: str, occasion: Occasion
) -> tuple[Application, Nas] | Refused:
    application = systems.changeable(uow, doer, identifier, occasion)
    if isinstance(application, Refused):
        return application
    # Of two who change one server at once, the second sees what the first did.
    uow.exclusive(f"radius {identifier}")
    nas = read_one(uow, identifier)
    if nas is None:
        return no("unknown")
    return (application, nas) if printable(reason) else no("no_reason")


def _wrong_beside(uow: UnitOfWork, settings: NasSettings, identifier: str) -> Refused | None:
    """Say what another server or the groups there are do not allow."""
    others = [nas.settings for nas in read_all(uow) if nas.application_id != identifier]
    if any(clash(settings, other) for other in others):
        return no("server_taken")
    unknown = {rule.group for rule in settings.replies if rule.group} - uow.systems.names().groups
    if unknown:
        return Refused((Reason("unknown_names", {"names": ", ".join(sorted(unknown))}),))
    return None
