"""The table `[passkeys]`: for which domain they are made, and which models of authenticators are genuine."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from idp.configuration.table_reader import TableReader

_ORIGIN = re.compile(
    r"https://[a-z0-9.-]+(:[0-9]{1,5})?|http://localhost(:[0-9]{1,5})?|android:apk-key-hash:[\w-]+"
)


@dataclass(frozen=True, slots=True)
class PasskeySettings:
    """`domain` is the relying party's id, "" for the issuer's host; `origins` are others than the issuer's."""

    domain: str = ""
    origins: tuple[str, ...] = ()
    refuse_regressed: bool = True
    metadata: Path | None = None
    metadata_root: Path | None = None


def read_passkeys(inner: TableReader, folder: Path, issuer: str) -> PasskeySettings:
    """Read the table; the domain has to be the issuer's host or one above it."""
    host = urlsplit(issuer).hostname or ""
    domain = inner.text("domain", "")
    if domain and host != domain and not (host.endswith("." + domain) and "." in domain):
        inner.wrong("domain", f"the host of the issuer, or a domain above it: {host}")
    origins = inner.texts("origins")
    if not all(_ORIGIN.fullmatch(origin) for origin in origins):
        inner.wrong("origins", 'a list of whole origins, such as ["https://login.example.se"]')
    metadata, root = inner.text("metadata", ""), inner.text("metadata_root", "")
    if bool(metadata) != bool(root):
        inner.wrong("metadata", "metadata and metadata_root together, or neither")
    refuse = inner.choice("regressed_counter", "refuse", {"refuse": "refuse", "report": "report"}) == "refuse"
    inner.finish()
    return PasskeySettings(
        domain,
        origins,
        refuse,
        folder / metadata if metadata else None,
        folder / root if root else None,
    )
