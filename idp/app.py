"""The composition root: the one file that knows every room, in the order in which they stand on one another.

`build` makes the application of `portvakt serve`: web server and jobs in one process. Nothing here decides.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from starlette.types import ASGIApp

from idp.api import room as api
from idp.background import Background
from idp.domain.handles import ApplicationId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.process_counts import JobTally
from idp.domain.session import SessionLimits
from idp.domain.signin import SignIn
from idp.federation import about_of
from idp.foundation import Foundation, job_occasion, now, signin_of
from idp.jobs.clock import Job, StillOurs
from idp.jobs.leases import Leases
from idp.jobs.runner import Loop, Runner
from idp.keys.rollover import ensure_first
from idp.keys.rotation import Rotation
from idp.keys.signing import SigningKeys
from idp.log import set_up_log
from idp.messages import handlers_of
from idp.metrics.figures import exposition
from idp.metrics.process_figures import OfThisProcess
from idp.metrics.server import MetricsServer
from idp.oidc import room as oidc
from idp.oidc.administration.api import OPERATIONS as OIDC_OPERATIONS
from idp.oidc.administration.pages import PAGES as OIDC_PAGES
from idp.oidc.endings import ClientEndings
from idp.pages import room as pages
from idp.pages.administration.sections import SECTIONS
from idp.provisioning.configured import Configured
from idp.provisioning.following import Following
from idp.provisioning.taking_back import carry_on_all
from idp.provisioning.watching import Watcher
from idp.radius import pages as network_access
from idp.radius import room as radius
from idp.remote_access import radius_server, tls_of
from idp.saml import room as saml
from idp.saml.administration.api import OPERATIONS as SAML_OPERATIONS
from idp.saml.administration.routes import PAGES as SAML_PAGES
from idp.saml.administration.routes import SECTIONS as SAML_SECTIONS
from idp.saml.endings import ServiceEndings
from idp.settings import Settings
from idp.storage.leases import SqlLeases
from idp.storage.register import SqlRegister
from idp.verification import room as verification
from idp.web.assembly import WebSettings, make_application, make_kit
from idp.web.outgoing import Destinations, Outgoing

#: Where each protocol's systems are connected, and how it went to tell them that a session has ended.
PROTOCOL_PAGES = (OIDC_PAGES, SAML_PAGES, radius.PAGES)
ENDINGS = (ClientEndings(), ServiceEndings())
#: What the protocols' rooms add to the API.
OPERATIONS = (*radius.OPERATIONS, *OIDC_OPERATIONS, *SAML_OPERATIONS)


def build(settings: Settings) -> ASGIApp:
    """Return the application; its lifespan starts and stops the jobs."""
    set_up_log(settings.log)
    base = Foundation.of(settings)
    ensure_first(base.database, base.sealer, job_occasion("start", settings, now()))
    signing_keys = SigningKeys(base.database, base.sealer, now)
    outgoing = outgoing_of(settings)
    web = web_of(settings)
    kit = make_kit(
        web, base.database, base.sealer.mac, sections=(*SECTIONS, *network_access.SECTIONS, *SAML_SECTIONS)
    )
    signin = signin_of(base)
    federation = saml.build(kit, base.sealer, outgoing, about_of(settings))
    openid = oidc.build(kit, signing_keys, outgoing, federation.farewell)

    def waiting_origins(uow: UnitOfWork, application: ApplicationId) -> Sequence[str]:
        return [*openid.waiting_origins(uow, application), *federation.waiting_origins(uow, application)]

    administration_door = pages.door(kit, signin, SqlRegister.of)
    routes = [
        *openid.routes,
        *openid.administration(administration_door),
        *api.build(kit, SqlRegister.of, base.sealer.mac, OPERATIONS, settings.mail_domain),
        *verification.build(kit),
        *federation.routes,
        *saml.administration(kit, federation, outgoing, administration_door),
        *radius.pages_of(administration_door, (settings.radius.port, settings.radius.accounting_port)),
        *pages.build(
            kit,
            signin,
            SqlRegister.of,
            waiting_origins,
            federation.farewell,
            PROTOCOL_PAGES,
            ENDINGS,
            (radius.part_of_person(kit),),
            mail_domain=settings.mail_domain,
        ),
    ]
    background = Background(
        base.database, base.sealer, signing_keys, settings.node, rotation_of(base.limits), now
    )
    runner = background.runner(
        {
            **openid.handlers,
            **federation.handlers,
            **radius.handlers_of(base.database, settings.node, tls_of(settings)),
            **handlers_of(settings, base.database, kit.rendering),
        },
        {
            "oidc": openid.prune,
            "saml": federation.prune,
            "radius": radius.prune_of(base.database),
        },
        settings.checkpoint_file,
        beside_of(base, signin, background.tally),
        jobs_of(federation, base),
        settings.retention,
    )
    return make_application(kit, web, routes, lifespan=lifespan_of(runner, base))


def jobs_of(federation: saml.Room, base: Foundation) -> list[Job]:
    """Return the jobs of the protocols' rooms, and of synchronisation."""
    return [
        Job("saml-metadata", timedelta(minutes=1), lambda now, _still_ours: federation.refresh(now)),
        Job("saml-certificates", timedelta(hours=6), lambda now, _still_ours: federation.warn_ahead(now)),
        taking_back_of(base),
    ]


def taking_back_of(base: Foundation) -> Job:
    """Return the job that carries out what takes a long run back."""
    settings = base.settings

    def carry_on(at: datetime, still_ours: StillOurs) -> None:
        carry_on_all(base.database, job_occasion("sync-undo", settings, at), settings.mail_domain, still_ours)

    return Job("sync-undo", timedelta(seconds=2), carry_on)


def beside_of(base: Foundation, signin: SignIn, tally: JobTally) -> dict[str, Loop]:
    """Return the servers that run in threads of their own, as the settings say."""
    beside: dict[str, Loop] = {"directories": following_of(base).run}
    if base.settings.metrics.port:
        beside["metrics"] = metrics_of(base, tally).run
    if base.settings.radius.serve:
        beside["radius"] = radius_server(base, signin).run
    return beside


def outgoing_of(settings: Settings) -> Outgoing:
    """Return what calls registered systems: at what an administrator listed, and nowhere else."""
    listed = settings.outgoing
    return Outgoing(Destinations(frozenset(listed.allowed_hosts), listed.allowed_networks))


def web_of(settings: Settings) -> WebSettings:
    """Return what the web has to know."""
    return WebSettings(
        issuer=settings.issuer,
        organisation=settings.organisation,
        trusted_proxies=tuple(str(network) for network in settings.trusted_proxies),
        node=settings.node,
    )


def rotation_of(limits: SessionLimits) -> Rotation:
    """Return the rotation of signing keys: an ID token is a hint at sign-out for as long as its session lives."""
    usual = Rotation()
    rotation = replace(usual, keep_published=max(usual.keep_published, limits.absolute + timedelta(hours=1)))
    rotation.check_covers(limits.absolute)
    return rotation


def following_of(base: Foundation) -> Following:
    """Return what follows every directory that is configured to be followed."""
    settings = base.settings

    def occasion(at: datetime) -> Occasion:
        return job_occasion("synchronise", settings, at)

    def tell(text: str) -> None:
        structlog.get_logger(__name__).warning("directory.not_followed", why=text)

    leases = Leases(SqlLeases(base.database))
    watcher = Watcher(base.database, leases, now, occasion, settings.node)
    return Following(watcher, Configured(watcher, settings.mail_domain, tell), tell)


def metrics_of(base: Foundation, tally: JobTally) -> MetricsServer:
    """Return what answers a collector, bound and ready to run."""
    database = base.database

    def figures() -> bytes:
        counted = OfThisProcess(database.tally.counts(), tally.turns())
        return exposition(database, SqlRegister.of, now(), counted)

    return MetricsServer(base.settings.metrics, figures)


def lifespan_of(runner: Runner, base: Foundation) -> Any:
    """Return what starts the jobs with the server and stops them before the database is closed."""

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        runner.start()
        try:
            yield
        finally:
            runner.stop()
            base.database.engine.dispose()

    return lifespan
