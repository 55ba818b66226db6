"""Network access servers: what is weak about them, and what their files lack."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cryptography import x509

from idp.cli.checks.finding import Finding, good, problem, warning
from idp.cli.setting import Setting
from idp.domain.ports import UnitOfWork
from idp.radius.nas import Nas, Signing
from idp.radius.store.access_servers import read_all

_SOON = timedelta(days=30)


def check_network_access(setting: Setting) -> Iterator[Finding]:
    """Look at every NAS, and at the certificate of RADIUS over TLS."""
    with setting.database.read() as uow:
        servers = read_all(uow)
        over_tls = setting.settings.radius.radsec
        findings = [finding for nas in servers for finding in _looked_at(uow, nas, over_tls=over_tls)]
    yield from findings
    if servers and not findings:
        yield good(f"network access: {len(servers)} servers, all sign their requests")
    file = setting.settings.radius.tls_certificate
    if file is not None:
        try:
            ends = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
        except (OSError, ValueError) as error:
            yield problem(f"radius.tls_certificate: {error}", "give a certificate in PEM form")
            return
        if ends < datetime.now(UTC) + _SOON:
            yield warning(f"radius.tls_certificate: ends {ends:%Y-%m-%d}", "put a new one in its place")


def _looked_at(uow: UnitOfWork, nas: Nas, *, over_tls: bool) -> Iterator[Finding]:
    application = uow.catalogue.applications.get(nas.application_id)
    name = application.name if application else nas.application_id
    if nas.settings.message_authenticator is Signing.UNABLE and not nas.signed:
        yield warning(
            f"applications.{name}: sends no Message-Authenticator, so whoever is on the way can alter its requests",
            'update the client and take message_authenticator = "unable" away; until then keep the way short',
        )
    if not nas.secrets and nas.settings.networks:
        yield problem(
            f"applications.{name}: has no shared secret",
            "give one with `portvakt apply`, or make one on its page",
        )
    if nas.settings.certificate_name and not over_tls:
        yield problem(
            f"applications.{name}: comes over TLS, which is not served",
            "give radius.tls_certificate, radius.tls_key and radius.tls_ca",
        )
    if len(nas.secrets) > 1:
        yield warning(
            f"applications.{name}: two shared secrets hold",
            "take previous_shared_secret away when the client has the new one",
        )
