"""The room's own tables: network access servers, replies kept for duplicates, and connections."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from idp.storage.columns import Instant, Json, metadata
from idp.storage.tables import Id

_Digest = LargeBinary(32)


def secret_purpose(row: Mapping[str, Any]) -> str:
    """Return the purpose under which a NAS's secrets are sealed."""
    return f"radius.secret:{row['application_id']}"


access_servers = Table(
    "radius_access_servers",
    metadata,
    Column("application_id", Id, ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True),
    Column("settings", Json, nullable=False),
    # Two while a secret is being changed.
    Column("sealed_secret", LargeBinary, info={"sealing_purpose": secret_purpose}),
    Column("sealed_previous_secret", LargeBinary, info={"sealing_purpose": secret_purpose}),
    # When Message-Authenticator first came from a server that was marked unable: demanded from then on (R2).
    Column("signed_since", Instant),
)

# One row per request for half a minute: a retransmission gets the same bytes, whichever process it meets (R3).
replies = Table(
    "radius_replies",
    metadata,
    Column("request", _Digest, primary_key=True),
    Column("received_at", Instant, nullable=False, index=True),
    Column("reply", LargeBinary),  # sealed; NULL while the request is being answered
)

connections = Table(
    "radius_connections",
    metadata,
    Column("id", Id, primary_key=True),
    Column(
        "application_id", Id, ForeignKey("applications.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("server", String(64), nullable=False),  # where its packets come from: a NAS, or a proxy before it
    Column("server_name", String(253), nullable=False, server_default=""),  # the NAS itself, as it says
    Column("server_session", String(253), nullable=False),  # Acct-Session-Id
    Column("account_id", Id, index=True),
    Column("session_id", Id, index=True),
    Column("login", Text, nullable=False),
    Column("address", String(64), nullable=False),  # where the person is
    Column("framed_address", String(64), nullable=False),  # what the person was given
    Column("started_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", String(32), nullable=False),
    Column("seconds", BigInteger, nullable=False),
    Column("input_octets", BigInteger, nullable=False),
    Column("output_octets", BigInteger, nullable=False),
    # How it went to disconnect it, with the newest try.
    Column("disconnect_outcome", String(16)),
    Column("disconnect_detail", String(200)),
    Column("disconnect_attempts", Integer),
    Column("disconnect_at", Instant),
    Index("ix_radius_connections_server_session", "application_id", "server", "server_session"),
    Index("ix_radius_connections_framed_address", "framed_address"),
)
