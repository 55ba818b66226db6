"""Connections through network access servers."""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionCut(AuditEvent):
    """A network access server was told to end a connection (`object`), and how that went."""

    type: ClassVar[str] = "network.connection_cut"
    outcome: str = ""
