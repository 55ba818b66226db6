"""The room's own tables: services, requests that wait, who takes part in which session under what name, keys."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    text,
)

from idp.storage.columns import Instant, Json, metadata
from idp.storage.tables import Id

_Digest = LargeBinary(32)


def _application(*, key: bool = False, index: bool = False) -> "Column[str]":
    return Column(
        "application_id",
        Id,
        ForeignKey("applications.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=key,
        index=index,
    )


services = Table(
    "saml_services",
    metadata,
    _application(key=True),
    Column("entity_id", String(1024), nullable=False, unique=True),
    Column("metadata", Text, nullable=False),
    Column("settings", Json, nullable=False),
    # What a job keeps: when the address was asked last, and what was wrong with its answer, if anything.
    Column("fetched_at", Instant),
    Column("checked_at", Instant),
    Column("problem", Text, nullable=False, server_default=""),
)

# Every AuthnRequest that was taken, once: its key is a hash of service and ID, so that a replay on any node
# finds the row (statement M7). While it waits for a sign-in, a handle opens it, in one browser.
requests = Table(
    "saml_requests",
    metadata,
    Column("key", _Digest, primary_key=True),
    _application(index=True),
    Column("handle_digest", _Digest, unique=True),
    Column("browser", _Digest),
    Column("parameters", Json, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("answered_at", Instant),
)

# The same for messages of Single Logout, which need nothing but to be known.
messages = Table(
    "saml_messages",
    metadata,
    Column("key", _Digest, primary_key=True),
    Column("expires_at", Instant, nullable=False, index=True),
)

name_ids = Table(
    "saml_name_ids",
    metadata,
    _application(key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("value", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
)

# What a person has agreed that a service is told: names of facts.
consents = Table(
    "saml_consents",
    metadata,
    _application(key=True),
    Column("account_id", Id, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("facts", Json, nullable=False),
    Column("given_at", Instant, nullable=False),
)

participants = Table(
    "saml_participants",
    metadata,
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    _application(key=True),
    Column("session_index", String(64), nullable=False, unique=True),
    Column("name_id", String(320), nullable=False),
    Column("name_id_format", String(128), nullable=False),
    Column("since", Instant, nullable=False),
    # Told by the service itself, or by the browser's chain: the outbox need not tell it again.
    Column("left_at", Instant),
    Index("ix_saml_participants_application_id_name_id", "application_id", "name_id"),
)

# A sign-out under way from system to system in one browser.
chains = Table(
    "saml_logout_chains",
    metadata,
    Column("handle_digest", _Digest, primary_key=True),
    Column("state", Json, nullable=False),
    Column("version", Integer, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

deliveries = Table(
    "saml_logout_deliveries",
    metadata,
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    _application(key=True),
    Column("outcome", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False, index=True),
    Index("ix_saml_logout_deliveries_application_id", "application_id"),
)

keys = Table(
    "saml_keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("algorithm", String(8), nullable=False),
    Column("certificate", Text, nullable=False),
    Column(
        "sealed_private", LargeBinary, info={"sealing_purpose": lambda row: key_purpose(row["id"])}
    ),  # NULL once retired
    Column("phase", String(16), nullable=False),  # next, current, previous, retired
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index(
        "uq_saml_keys_current",
        "algorithm",
        unique=True,
        sqlite_where=text("phase = 'current'"),
        postgresql_where=text("phase = 'current'"),
    ),
    Index(
        "uq_saml_keys_next",
        "algorithm",
        unique=True,
        sqlite_where=text("phase = 'next'"),
        postgresql_where=text("phase = 'next'"),
    ),
)

# Partners that sign-in responses are signed for by another key than the current one, while keys are changed.
partner_keys = Table(
    "saml_partner_keys",
    metadata,
    _application(key=True),
    Column("key_id", Id, ForeignKey("saml_keys.id", ondelete="CASCADE"), nullable=False),
    Column("switched_at", Instant, nullable=False),
    # For a partner that reads the first certificate only: its key changes in the moment in which it fetches.
    Column("at_next_fetch", Boolean, nullable=False, server_default=false()),
)

# Who has fetched metadata that showed which key: what lets one watch a change of keys.
fetches = Table(
    "saml_metadata_fetches",
    metadata,
    _application(key=True),
    Column("key_id", Id, ForeignKey("saml_keys.id", ondelete="CASCADE"), primary_key=True),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
)


# Which certificate has been told about how many days ahead of its end: each step once, on whatever node.
certificate_warnings = Table(
    "saml_certificate_warnings",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("days", Integer, primary_key=True),
    Column("told_at", Instant, nullable=False),
)


def key_purpose(key_id: str) -> str:
    """Return the purpose that a private key is sealed for."""
    return f"saml-key:{key_id}"
