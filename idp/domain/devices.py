"""What is stored of a device that its owner trusted, and what the use cases ask of the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from idp.domain.handles import AccountId


@dataclass(frozen=True, slots=True)
class TrustedDevice:
    """One browser that its owner trusted; its handle, a secret, is not here."""

    id: str
    account_id: AccountId
    trusted_at: datetime
    expires_at: datetime
    address: str = ""
    user_agent: str = ""


class TrustedDevices(Protocol):
    """Devices that people have trusted, found by account and digest of the handle together (S17)."""

    def add(self, device: TrustedDevice, handle_digest: bytes) -> None:
        """Store a device."""

    def living(self, account_id: AccountId, handle_digest: bytes, now: datetime) -> TrustedDevice | None:
        """Return the account's device of this handle, if it is trusted."""

    def of_account(self, account_id: AccountId, now: datetime) -> Sequence[TrustedDevice]:
        """Return the account's trusted devices, newest first."""

    def end(self, account_id: AccountId, device_id: str, now: datetime) -> bool:
        """End the trust in one; False if it is not the account's or had ended."""
