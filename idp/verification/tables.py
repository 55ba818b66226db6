"""The room's own table: the systems that may ask."""

from sqlalchemy import Column, ForeignKey, LargeBinary, Table

from idp.storage.columns import Json, metadata
from idp.storage.tables import Id

asking_systems = Table(
    "verification_systems",
    metadata,
    Column("application_id", Id, ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True),
    Column("settings", Json, nullable=False),
    # Keyed hashes; two while a secret is being changed.
    Column("secret_mac", LargeBinary(32)),
    Column("previous_secret_mac", LargeBinary(32)),
)
