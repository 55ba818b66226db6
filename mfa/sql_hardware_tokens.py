"""The stock of hardware tokens in SQL: seeds sealed to their row, states changed by compare-and-set."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, or_, select, update

from mfa.authenticators import Algorithm, Digits, FactorKind, Period, new_identifier
from mfa.hardware_token import (
    HardwareToken,
    Position,
    Seed,
    StockOrder,
    StockQuery,
    TokenState,
    serial_key,
)
from mfa.sql_insert import insert_or_ignore
from mfa.store import Sealer
from mfa.tables import hardware_tokens

_SHOWN = [column for column in hardware_tokens.c if column.name not in {"sealed_seed", "serial_key"}]
_OF_SUBJECT = (
    select(*_SHOWN)
    .where(
        hardware_tokens.c.subject == bindparam("of_subject"),
        hardware_tokens.c.state == TokenState.HANDED_OUT.value,
    )
    .order_by(hardware_tokens.c.serial)
)
_ORDERS = {
    StockOrder.SERIAL: hardware_tokens.c.serial_key,
    StockOrder.MODEL: hardware_tokens.c.model,
    StockOrder.STATE: hardware_tokens.c.state,
    StockOrder.CHANGED: hardware_tokens.c.changed_at,
}


class SqlHardwareTokenStore:
    """The stock."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def add(self, seed: Seed, now: datetime) -> str | None:
        token_id = new_identifier()
        values = {
            "id": token_id,
            "serial": seed.serial,
            "serial_key": serial_key(seed.serial),
            "manufacturer": seed.manufacturer,
            "model": seed.model,
            "kind": seed.kind.value,
            "sealed_seed": self._sealer.seal(seed.secret, purpose_of(token_id)),
            "algorithm": seed.algorithm.value,
            "digits": int(seed.digits),
            "period": int(seed.period),
            "position": seed.counter if seed.kind is FactorKind.HOTP else _NEVER,
            "drift": seed.drift,
            "state": TokenState.IN_STOCK.value,
            "starts_at": seed.starts_at,
            "ends_at": seed.ends_at,
            "imported_at": now,
            "changed_at": now,
            "version": 0,
        }
        return token_id if insert_or_ignore(self._connection, hardware_tokens, values) else None

    def by_serial(self, serial: str) -> HardwareToken | None:
        return self._one(hardware_tokens.c.serial_key == serial_key(serial))

    def get(self, token_id: str) -> HardwareToken | None:
        return self._one(hardware_tokens.c.id == token_id)

    def known_serials(self, serials: Sequence[str]) -> frozenset[str]:
        found: set[str] = set()
        for start in range(0, len(serials), _AT_ONCE):
            keys = [serial_key(serial) for serial in serials[start : start + _AT_ONCE]]
            query = select(hardware_tokens.c.serial_key).where(hardware_tokens.c.serial_key.in_(keys))
            found.update(self._connection.execute(query).scalars())
        return frozenset(found)

    def of_subject(self, subject: str) -> tuple[HardwareToken, ...]:
        return tuple(_token(row) for row in self._connection.execute(_OF_SUBJECT, {"of_subject": subject}))

    def listed(
        self, state: TokenState | None, words: str, after: str, limit: int
    ) -> tuple[HardwareToken, ...]:
        query = select(*_SHOWN).where(hardware_tokens.c.serial_key > after, *_asked(state, words))
        rows = self._connection.execute(query.order_by(hardware_tokens.c.serial_key).limit(limit))
        return tuple(_token(row) for row in rows)

    def sorted_by(self, wanted: StockQuery) -> tuple[HardwareToken, ...]:
        column = _ORDERS[wanted.order]
        query = select(*_SHOWN).where(*_asked(wanted.state, wanted.words))
        # By serial number among equals: a page never shows what the one before has shown.
        query = query.order_by(
            column.desc() if wanted.descending else column.asc(), hardware_tokens.c.serial_key
        )
        rows = self._connection.execute(query.offset(wanted.skip).limit(wanted.limit))
        return tuple(_token(row) for row in rows)

    def counts(self) -> dict[TokenState, int]:
        query = select(hardware_tokens.c.state, func.count()).group_by(hardware_tokens.c.state)
        return {TokenState(state): count for state, count in self._connection.execute(query)}

    def seed(self, token: HardwareToken) -> tuple[bytes, Position] | None:
        row = self._connection.execute(
            select(hardware_tokens.c.sealed_seed, hardware_tokens.c.position, hardware_tokens.c.drift).where(
                hardware_tokens.c.id == token.id
            )
        ).one_or_none()
        if row is None or row.sealed_seed is None:
            return None
        secret = self._sealer.unseal(row.sealed_seed, purpose_of(token.id))
        return secret, Position(row.position, row.drift, used=row.position != _NEVER)

    def move(
        self,
        token: HardwareToken,
        state: TokenState,
        subject: str | None,
        authenticator_id: str | None,
        now: datetime,
    ) -> bool:
        values = {
            "state": state.value,
            "subject": subject,
            "authenticator_id": authenticator_id,
            "changed_at": now,
            "version": token.version + 1,
        }
        if state is TokenState.DESTROYED:
            values["sealed_seed"] = None
        moved = self._connection.execute(
            update(hardware_tokens)
            .where(
                hardware_tokens.c.id == token.id,
                hardware_tokens.c.state == token.state.value,
                hardware_tokens.c.version == token.version,
            )
            .values(values)
        )
        return moved.rowcount == 1

    def keep_position(self, token_id: str, position: Position) -> None:
        self._connection.execute(
            update(hardware_tokens)
            .where(hardware_tokens.c.id == token_id)
            .values(position=position.counter_or_step, drift=position.drift)
        )

    def _one(self, condition: ColumnElement[bool]) -> HardwareToken | None:
        row = self._connection.execute(select(*_SHOWN).where(condition)).one_or_none()
        return None if row is None else _token(row)


_NEVER = -1
_AT_ONCE = 500


def _asked(state: TokenState | None, words: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [] if state is None else [hardware_tokens.c.state == state.value]
    if words.strip():
        found.append(
            or_(
                hardware_tokens.c.serial_key.contains(serial_key(words), autoescape=True),
                func.upper(hardware_tokens.c.model).contains(words.strip().upper(), autoescape=True),
            )
        )
    return found


def purpose_of(token_id: str) -> str:
    """Bound to the row: a sealed seed copied into another row does not open."""
    return f"mfa.hardware-token.seed:{token_id}"


def _token(row: Row[*tuple[object, ...]]) -> HardwareToken:
    return HardwareToken(
        id=row.id,
        serial=row.serial,
        manufacturer=row.manufacturer,
        model=row.model,
        kind=FactorKind(row.kind),
        algorithm=Algorithm(row.algorithm),
        digits=Digits(row.digits),
        period=Period(row.period),
        state=TokenState(row.state),
        subject=row.subject,
        authenticator_id=row.authenticator_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        imported_at=row.imported_at,
        changed_at=row.changed_at,
        version=row.version,
    )
