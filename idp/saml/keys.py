"""The identity provider's signing keys: made with a self-signed certificate, sealed at rest, opened in memory only.

A certificate is how SAML carries a public key; its dates bind nobody (SAML metadata interoperability profile §2.5),
but some partners read them, so they are long and what is about to expire is told in time.
"""

import threading
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from idp.domain.audit import record
from idp.domain.errors import Unavailable
from idp.domain.events import KeyRotated
from idp.domain.handles import new_id
from idp.domain.occasion import Occasion
from idp.domain.ports import Database, Sealer, UnitOfWork
from idp.saml.store.connection import connection_of
from idp.saml.store.keys import PUBLISHED, KeyRows, Phase, StoredKey
from idp.saml.tables import key_purpose

LIFETIME = timedelta(days=5 * 365)
RSA_BITS = 2048
ALGORITHMS = ("RSA", "EC")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs: its private half is in `key` and nowhere else in the process."""

    id: str
    algorithm: str
    certificate: str
    phase: Phase
    expires_at: datetime
    key: xmlsec.Key = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Held:
    version: int
    keys: tuple[SigningKey, ...]
    partners: Mapping[str, str]


def make_key(algorithm: str, phase: Phase, name: str, sealer: Sealer, now: datetime) -> StoredKey:
    """Generate a key and its certificate; RSA takes a good part of a second, so not inside a transaction."""
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if algorithm == "RSA":
        private = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    else:
        private = ec.generate_private_key(ec.SECP256R1())
    key_id = new_id()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(int(key_id, 16) >> 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return StoredKey(
        id=key_id,
        algorithm=algorithm,
        certificate=b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii"),
        sealed_private=sealer.seal(pem, key_purpose(key_id)),
        phase=phase,
        created_at=now,
        expires_at=certificate.not_valid_after_utc,
        changed_at=now,
    )


def ensure_first(database: Database, sealer: Sealer, name: str, occasion: Occasion) -> None:
    """Make the first key of each algorithm, if it is not there."""
    with database.read() as uow:
        held = {key.algorithm for key in KeyRows(connection_of(uow)).all() if key.phase is Phase.CURRENT}
    for algorithm in ALGORITHMS:
        if algorithm in held:
            continue
        key = make_key(algorithm, Phase.CURRENT, name, sealer, occasion.now)
        with database.write() as uow:
            if KeyRows(connection_of(uow)).add(key):
                record(uow.audit, KeyRotated(object=key.id, reason=f"first SAML key, {algorithm}"), occasion)


class SamlKeys:
    """The keys that this process holds, read anew when the catalogue's version has changed."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._lock = threading.Lock()
        self._held: _Held | None = None

    def published(self, uow: UnitOfWork) -> tuple[SigningKey, ...]:
        """Return the keys that metadata shows: what signs first, then what will, then what did."""
        order = (Phase.CURRENT, Phase.NEXT, Phase.PREVIOUS)
        return tuple(
            sorted(
                self._current(uow).keys,
                key=lambda key: (ALGORITHMS.index(key.algorithm), order.index(key.phase)),
            )
        )

    def signing(
        self, uow: UnitOfWork, application_id: str, algorithm: str, *, anew: bool = False
    ) -> SigningKey:
        """Return the key that signs for one partner; raises Unavailable if there is none.

        With `anew` the rows count as this transaction left them, for they changed just now.
        """
        held = self._current(uow)
        if anew:
            held = replace(held, partners=KeyRows(connection_of(uow)).partners())
        own = held.partners.get(application_id)
        for key in held.keys:
            if key.algorithm == algorithm and key.id == own:
                return key
        for key in held.keys:
            if key.algorithm == algorithm and key.phase is Phase.CURRENT:
                return key
        raise Unavailable(f"there is no {algorithm} key that signs for SAML")

    def _current(self, uow: UnitOfWork) -> _Held:
        version = uow.catalogue.version
        held = self._held
        if held is not None and held.version == version:
            return held
        rows = KeyRows(connection_of(uow))
        known = {key.id: key for key in held.keys} if held else {}
        opened = tuple(
            self._opened(stored, known.get(stored.id)) for stored in rows.all() if stored.phase in PUBLISHED
        )
        read = _Held(version, opened, rows.partners())
        with self._lock:
            # A transaction that began earlier must not put an older reading over a newer one.
            if self._held is None or self._held.version < version:
                self._held = read
        return read

    def _opened(self, stored: StoredKey, known: SigningKey | None) -> SigningKey:
        key = known.key if known else self._private(stored)
        return SigningKey(
            stored.id, stored.algorithm, stored.certificate, stored.phase, stored.expires_at, key
        )

    def _private(self, stored: StoredKey) -> xmlsec.Key:
        if stored.sealed_private is None:
            return xmlsec.Key.from_memory(
                b64decode(stored.certificate), xmlsec.constants.KeyDataFormatCertDer, None
            )
        pem = self._sealer.unseal(stored.sealed_private, key_purpose(stored.id))
        return xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem, None)
