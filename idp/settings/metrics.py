"""The table `[metrics]`: where a collector may ask for figures. Without a port nothing is listened on."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from idp.configuration.secret_reference import read_secret
from idp.configuration.table_reader import TableReader
from idp.metrics.server import Metrics

_LARGEST_PORT = 65535


def read_metrics(inner: TableReader, environment: Mapping[str, str], folder: Path) -> Metrics:
    """Return where to listen and who may ask."""
    usual = Metrics()
    host = inner.text("host", usual.host)
    try:
        ip_address(host)
    except ValueError:
        inner.wrong("host", 'an address such as "127.0.0.1" or "::1"')
    port = inner.number("port", usual.port, least=0, most=_LARGEST_PORT)
    networks = inner.networks("networks") if inner.has("networks") else usual.networks
    token = read_secret(inner, "token", environment, folder) or "" if inner.has("token") else ""
    inner.finish()
    return Metrics(host, port, networks, token)
