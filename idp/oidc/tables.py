"""The room's own tables: clients, grants with their codes, tokens, and what must be remembered to be used once."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from idp.storage.columns import Instant, Json, metadata
from idp.storage.tables import Id

_Digest = LargeBinary(32)

clients = Table(
    "oidc_clients",
    metadata,
    Column("application_id", Id, ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True),
    Column("client_id", String(128), nullable=False, unique=True),
    Column("registration", Json, nullable=False),
    # Two while a secret is being replaced; none for a client that authenticates otherwise or not at all.
    Column("secret_digest", _Digest),
    Column("previous_secret_digest", _Digest),
)

# What one authorisation gave: first a code, then a family of tokens. The row outlives the code, so that a
# second use is seen and takes the family with it (RFC 6749 §4.1.2).
grants = Table(
    "oidc_grants",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code_digest", _Digest, nullable=False, unique=True),
    Column(
        "application_id", Id, ForeignKey("applications.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("client_id", String(128), nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("redirect_uri", Text, nullable=False),
    Column("code_challenge", String(128), nullable=False),  # "" only for a client that is exempt from PKCE
    Column("nonce", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("claims", Json, nullable=False),
    Column("proofs", Json, nullable=False),
    Column("acr", String(128), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("code_expires_at", Instant, nullable=False),
    Column("spent_at", Instant),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("revoked_at", Instant),
    Column("revoked_reason", String(32)),
)

tokens = Table(
    "oidc_tokens",
    metadata,
    Column("digest", _Digest, primary_key=True),
    Column("kind", String(8), CheckConstraint("kind IN ('access', 'refresh')"), nullable=False),
    Column("grant_id", Id, ForeignKey("oidc_grants.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("scope", Text, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("spent_at", Instant),  # a refresh token that was used
    Column("revoked_at", Instant),
)

# The jti of every client assertion taken, until it has expired by itself (RFC 7523 §3).
assertions = Table(
    "oidc_assertions",
    metadata,
    Column("client_id", String(128), primary_key=True),
    Column("jti_digest", _Digest, primary_key=True),
    Column("expires_at", Instant, nullable=False, index=True),
)

# Authorization requests that wait for a sign-in or a consent; their parameters never change (F45).
requests = Table(
    "oidc_requests",
    metadata,
    Column("digest", _Digest, primary_key=True),
    Column("browser", _Digest, nullable=False),
    Column("parameters", Json, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),
)

consents = Table(
    "oidc_consents",
    metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("application_id", Id, ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True),
    Column("scope", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
)

# One row per system that was to be told of a session's end, with the newest outcome: shown to administrators.
logout_deliveries = Table(
    "oidc_logout_deliveries",
    metadata,
    Column("session_id", Id, primary_key=True),
    Column("application_id", Id, primary_key=True),
    Column("outcome", String(16), nullable=False),  # delivered, failed, not_wanted
    Column("detail", String(200), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False, index=True),
    Index("ix_oidc_logout_deliveries_application_id", "application_id"),
)
