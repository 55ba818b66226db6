"""Each kind of factor twice: as `mfa` verifies and spends it, and as the bare library with one conditional write.

A kind prepares a proof outside the clock (whoever makes codes is no part of checking them) and spends it within.
"""

import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, cast

import pyotp
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.webauthn import Aaguid, AttestedCredentialData, PublicKeyCredentialRpEntity
from sqlalchemy import Connection

import mfa
from bench.authenticator import Authenticator
from bench.floors.unsealed import Unsealed
from mfa import hotp, token_stock, totp
from mfa.one_time_passwords import base32
from mfa.passkeys import user_handle
from mfa.sql_store import SqlFactorStore
from mfa.throttle import CODE_LIMITS

SEED = b"12345678901234567890"
_STEP = 30
_ORIGIN, _PARTY_ID = "https://id.example.se", "id.example.se"
_PARTY = mfa.RelyingParty(_PARTY_ID, "Bench", frozenset({_ORIGIN}))
_SIGN_IN = mfa.Ceremony(_PARTY, mfa.PasskeyPurpose.SECOND_FACTOR, b"journey", "anna")
_UNLIMITED = mfa.SendingLimits(*[replace(CODE_LIMITS, free_failures=10**9)] * 3)


class Kind(Protocol):
    """One kind, on one side."""

    def prepare(self, connection: Connection, number: int) -> object:
        """Make the proof number `number`."""

    def spend(self, connection: Connection, number: int, proof: object) -> bool:
        """Check and spend it in the caller's transaction; whether it was accepted."""


@dataclass
class Ours:
    """A kind as `mfa` has it: `make` gives the proof, `check` says whether it was accepted."""

    began: datetime
    make: Callable[[SqlFactorStore, int, datetime], object]
    check: Callable[[SqlFactorStore, object, datetime], object]

    def prepare(self, connection: Connection, number: int) -> object:
        return self.make(SqlFactorStore(connection, Unsealed()), number, self.at(number))

    def spend(self, connection: Connection, number: int, proof: object) -> bool:
        done = self.check(SqlFactorStore(connection, Unsealed()), proof, self.at(number))
        return isinstance(done, mfa.Accepted | mfa.ProvedPasskey)

    def at(self, number: int) -> datetime:
        """One step of time for each proof."""
        return self.began + timedelta(seconds=_STEP * number)


@dataclass
class Bare:
    """A kind as its library has it: `check` says where the proof stands, and one UPDATE writes that down."""

    make: Callable[[int], object]
    check: Callable[[object, int], int]

    def prepare(self, connection: Connection, number: int) -> object:
        if number == 0:
            connection.exec_driver_sql("CREATE TABLE bare (id TEXT PRIMARY KEY, used INT)")
            connection.exec_driver_sql("INSERT INTO bare VALUES ('anna', -1)")
        return self.make(number)

    def spend(self, connection: Connection, number: int, proof: object) -> bool:
        place = self.check(proof, number)
        written = connection.exec_driver_sql(
            "UPDATE bare SET used = ? WHERE id = 'anna' AND used < ?", (place, place)
        )
        return written.rowcount == 1


def ours(kind: str, connection: Connection, began: datetime) -> Ours:
    """Return a kind as `mfa` has it, with what it stands on."""
    store, codes = SqlFactorStore(connection, Unsealed()), pyotp.HOTP(base32(SEED))
    first = int(began.timestamp()) // _STEP if kind == "totp" else 0
    if kind == "totp":
        mfa.import_totp(store, "anna", SEED, "", began)
    if kind == "hotp":
        token_stock.take_in(store, [mfa.Seed(serial="1", kind=mfa.FactorKind.HOTP, secret=SEED)], began)
        token_stock.hand_out(store, "1", "anna", began)
    if kind in ("totp", "hotp"):
        return Ours(began, lambda _store, number, _now: codes.at(first + number), _code)
    if kind == "passkey":
        return _passkey(store, began)
    if kind == "call_back":
        place = mfa.bind_destination(
            store, "anna", mfa.Channel.TEXT_MESSAGE, "0701234567", "", began, waiting=timedelta()
        )
        return _call_back("" if place is None else place.id, began)
    return _typed(kind, began)


def _code(store: SqlFactorStore, code: object, now: datetime) -> object:
    return mfa.verify(store, "anna", mfa.OneTimePasswordResponse(str(code)), now)


def _typed(kind: str, began: datetime) -> Ours:
    held: list[str] = []

    def make(store: SqlFactorStore, _number: int, now: datetime) -> str:
        if not held:
            if kind == "recovery":
                held.extend(mfa.generate_recovery_codes(store, "anna", now).codes)
            else:
                purpose, day = mfa.TemporaryCodePurpose.SIGN_IN, timedelta(days=1)
                issued = mfa.issue_temporary_code(store, "anna", purpose, "", now, lifetime=day, uses=20)
                held.extend([issued.code] * 20)
        return held.pop()

    response = mfa.RecoveryCodeResponse if kind == "recovery" else mfa.TemporaryCodeResponse
    return Ours(began, make, lambda store, code, now: mfa.verify(store, "anna", response(str(code)), now))


def _call_back(place: str, began: datetime) -> Ours:
    def make(store: SqlFactorStore, _number: int, now: datetime) -> str:
        calling = mfa.call_back(store, "anna", place, b"flow", now, _UNLIMITED)
        sent = mfa.call_to_send(store, calling.call_id, now) if isinstance(calling, mfa.Calling) else None
        return "" if sent is None else sent.code

    def check(store: SqlFactorStore, code: object, now: datetime) -> object:
        return mfa.verify(store, "anna", mfa.CallBackResponse(str(code), b"flow"), now)

    return Ours(began, make, check)


def _passkey(store: SqlFactorStore, began: datetime) -> Ours:
    device = Authenticator(_ORIGIN, _PARTY_ID, user_handle(store, "anna"))
    store.passkeys.add(passkey_of(device, "anna", began))
    return Ours(
        began,
        lambda store, _number, now: device.answer(mfa.ask_passkey(store, _SIGN_IN, now)),
        lambda store, document, now: mfa.prove_passkey(store, _SIGN_IN, str(document), now),
    )


def passkey_of(device: Authenticator, subject: str, now: datetime) -> mfa.Passkey:
    """Return the passkey that the device holds, as one that was bound."""
    return mfa.Passkey(
        id=secrets.token_hex(16),
        subject=subject,
        name="",
        credential_id=device.credential_id,
        public_key=device.public_key,
        sign_count=0,
        aaguid="00000000-0000-0000-0000-000000000000",
        user_verifying=True,
        created_at=now,
    )


def bare(kind: str, _connection: Connection, began: datetime) -> Bare:
    """Return a kind as its library has it."""
    if kind == "passkey":
        return _bare_passkey()
    if kind in ("totp", "hotp"):
        codes = pyotp.HOTP(base32(SEED))
        first = int(began.timestamp()) // _STEP if kind == "totp" else 0
        before, after = (totp.WINDOW, totp.WINDOW) if kind == "totp" else (0, hotp.LOOK_AHEAD)

        def place(typed: object, number: int) -> int:
            window = range(max(0, first + number - before), first + number + after + 1)
            return [step for step in window if hmac.compare_digest(codes.at(step), str(typed))][-1]

        return Bare(lambda number: codes.at(first + number), place)
    return Bare(lambda number: (f"{number:020}", _mac(f"{number:020}")), _same)


def _mac(code: str) -> bytes:
    return hmac.digest(b"bench", code.encode(), "sha256")


def _same(proof: object, number: int) -> int:
    code, kept = proof if isinstance(proof, tuple) else ("", b"")
    return number if hmac.compare_digest(_mac(code), kept) else -1


def _bare_passkey() -> Bare:
    device = Authenticator(_ORIGIN, _PARTY_ID)
    server = Fido2Server(PublicKeyCredentialRpEntity(name="Bench", id=_PARTY_ID))
    key = CoseKey.parse(cast("dict[int, Any]", cbor.decode(device.public_key)))
    credential = AttestedCredentialData.create(Aaguid(bytes(16)), device.credential_id, key)

    def make(_number: int) -> object:
        _options, state = server.authenticate_begin([credential])
        return json.loads(device.answer(json.dumps({"challenge": state["challenge"]}))), state

    def check(proof: object, number: int) -> int:
        document, state = proof if isinstance(proof, tuple) else ({}, {})
        server.authenticate_complete(state, [credential], document)
        return number

    return Bare(make, check)
