"""The composition of `portvakt radius`: the RADIUS server over the foundation, without the web."""

from idp.domain.signin import SignIn
from idp.foundation import Foundation, now, signin_of
from idp.log import set_up_log
from idp.radius.process import make_server
from idp.radius.radsec import Tls
from idp.radius.server import Listening, RadiusServer
from idp.settings import Settings


def build_radius(settings: Settings) -> RadiusServer:
    """Return the server of `portvakt radius`, bound and ready to run."""
    set_up_log(settings.log)
    base = Foundation.of(settings)
    return radius_server(base, signin_of(base))


def radius_server(base: Foundation, signin: SignIn) -> RadiusServer:
    """Return the RADIUS server as the settings say."""
    chosen = base.settings.radius
    listening = Listening(
        chosen.listen, chosen.port, chosen.accounting_port, chosen.workers, tls_of(base.settings)
    )
    return make_server(signin, listening, now, base.settings.node)


def tls_of(settings: Settings) -> Tls | None:
    """Return how RADIUS over TLS is spoken; None where its files are not given."""
    chosen = settings.radius
    certificate, key, authority = chosen.tls_certificate, chosen.tls_key, chosen.tls_ca
    return Tls(chosen.tls_port, certificate, key, authority) if certificate and key and authority else None
