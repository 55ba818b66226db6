"""Trusted devices as rows; the cookie's handle itself is never stored."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from idp.domain.devices import TrustedDevice
from idp.domain.handles import AccountId
from idp.storage.columns import from_micros, to_micros
from idp.storage.prepared import Prepared
from idp.storage.tables import trusted_devices

_LIVING = Prepared(
    select(trusted_devices).where(
        trusted_devices.c.handle_digest == bindparam("shown"),
        trusted_devices.c.account_id == bindparam("owner"),
        trusted_devices.c.ended_at.is_(None),
        trusted_devices.c.expires_at > bindparam("now"),
    )
)


class SqlTrustedDevices:
    """Implements `ports.TrustedDevices`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, device: TrustedDevice, handle_digest: bytes) -> None:
        self._connection.execute(
            insert(trusted_devices).values(
                id=device.id,
                account_id=device.account_id,
                handle_digest=handle_digest,
                trusted_at=device.trusted_at,
                expires_at=device.expires_at,
                address=device.address,
                user_agent=device.user_agent,
            )
        )

    def living(self, account_id: AccountId, handle_digest: bytes, now: datetime) -> TrustedDevice | None:
        found = _LIVING.run(self._connection, shown=handle_digest, owner=account_id, now=to_micros(now))
        row = found.mappings().first()
        return _device(row) if row else None

    def of_account(self, account_id: AccountId, now: datetime) -> Sequence[TrustedDevice]:
        rows = self._connection.execute(
            select(trusted_devices)
            .where(
                trusted_devices.c.account_id == account_id,
                trusted_devices.c.ended_at.is_(None),
                trusted_devices.c.expires_at > now,
            )
            .order_by(trusted_devices.c.trusted_at.desc(), trusted_devices.c.id)
        )
        return [_device(dict(row)) for row in rows.mappings()]

    def end(self, account_id: AccountId, device_id: str, now: datetime) -> bool:
        ended = self._connection.execute(
            update(trusted_devices)
            .where(
                trusted_devices.c.id == device_id,
                trusted_devices.c.account_id == account_id,
                trusted_devices.c.ended_at.is_(None),
            )
            .values(ended_at=now)
        )
        return ended.rowcount == 1


def _device(row: Mapping[str, Any]) -> TrustedDevice:
    return TrustedDevice(
        id=row["id"],
        account_id=AccountId(row["account_id"]),
        trusted_at=_instant(row["trusted_at"]),
        expires_at=_instant(row["expires_at"]),
        address=row["address"],
        user_agent=row["user_agent"],
    )


def _instant(value: Any) -> datetime:
    return from_micros(value) if isinstance(value, int) else value
