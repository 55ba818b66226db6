"""The table `[radius]` of `portvakt.toml`: where the RADIUS server listens, and whether `serve` runs it too."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from idp.configuration.table_reader import TableReader

_LARGEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Radius:
    """`serve`: also within `portvakt serve`. The certificate's files are given for RadSec, all three or none."""

    serve: bool = False
    listen: tuple[str, ...] = ("127.0.0.1",)
    port: int = 1812
    accounting_port: int = 1813
    workers: int = 16
    tls_port: int = 2083
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_ca: Path | None = None

    @property
    def radsec(self) -> bool:
        """Whether RADIUS is served over TLS as well."""
        return self.tls_certificate is not None


def read_radius(inner: TableReader, folder: Path) -> Radius:
    usual = Radius()
    listen = inner.texts("listen") or usual.listen
    for address in listen:
        try:
            ip_address(address)
        except ValueError:
            inner.wrong("listen", 'a list of addresses such as ["192.0.2.1", "2001:db8::1"]')
    files = {
        name: folder / inner.text(name, "") if inner.text(name, "") else None
        for name in ("tls_certificate", "tls_key", "tls_ca")
    }
    if any(files.values()) and not all(files.values()):
        missing = next(name for name, file in files.items() if file is None)
        inner.problems.add(
            inner.path(missing), "is missing; expected beside the other two files of RADIUS over TLS"
        )
    radius = Radius(
        serve=inner.boolean("serve", default=usual.serve),
        listen=tuple(listen),
        port=inner.number("port", usual.port, least=1, most=_LARGEST_PORT),
        accounting_port=inner.number("accounting_port", usual.accounting_port, least=1, most=_LARGEST_PORT),
        workers=inner.number("workers", usual.workers, least=2, most=256),
        tls_port=inner.number("tls_port", usual.tls_port, least=1, most=_LARGEST_PORT),
        **files,
    )
    inner.finish()
    return radius
