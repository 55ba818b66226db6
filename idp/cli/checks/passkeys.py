"""Passkeys: whether browsers offer them at all, and whether the metadata of their models is to be believed."""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from idp.cli.checks.finding import Finding, good, note, problem, warning
from idp.settings import Settings
from mfa import Metadata, MetadataRefusedError, RelyingParty


def check_passkeys(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Look at the relying party and at the metadata file."""
    chosen = settings.passkeys
    if RelyingParty.of_origin(settings.issuer, settings.organisation, domain=chosen.domain) is None:
        yield note(
            "passkeys: browsers offer none at an address without a name", "give the issuer a host name"
        )
    if chosen.metadata is None or chosen.metadata_root is None:
        return
    try:
        metadata = Metadata.read(chosen.metadata.read_bytes(), chosen.metadata_root.read_bytes(), now)
    except (OSError, MetadataRefusedError) as error:
        yield problem(
            f"passkeys: the metadata cannot be used: {error}",
            "nothing starts until it is replaced or left out",
        )
        return
    renewed = datetime.combine(metadata.payload.next_update, time(), UTC)
    remedy = "get the newest metadata file"
    if now >= metadata.counts_until():
        yield problem("passkeys: the metadata is so old that no model counts any more", remedy)
    elif now >= renewed:
        yield warning(
            f"passkeys: the metadata should have been renewed on {renewed:%Y-%m-%d}; "
            f"from {metadata.counts_until():%Y-%m-%d} no model counts",
            remedy,
        )
    else:
        yield good(
            f"passkeys: {len(metadata.payload.entries)} models in the metadata, until {renewed:%Y-%m-%d}"
        )
