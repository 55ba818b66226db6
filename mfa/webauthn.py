"""WebAuthn ceremonies without I/O: the checks of what a browser sends back (WebAuthn Level 3 §7).

The only user of python-fido2, whose server does the arithmetic of a ceremony. What it leaves to its caller is
here: an exact list of origins, no other site's frame, the flags that belong together, user verification, and
reasons instead of ValueError. State is the caller's: `passkeys.py` keeps challenges and credentials.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialRpEntity,
    RegistrationResponse,
    UserVerificationRequirement,
)

from mfa.authenticators import Passkey
from mfa.verification import Reason
from mfa.webauthn_options import ALGORITHMS, RelyingParty, decoded, encoded, known_transports

LONGEST_DOCUMENT = 32_768
LONGEST_CREDENTIAL_ID = 1023
_FAULTS = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RuntimeError)
"""What fido2 raises for input that is not what it should be; nothing else may pass for a refusal."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """An answer to `request_options`, parsed; nothing in it is believed yet."""

    credential_id: bytes
    challenge: bytes
    user_handle: bytes | None
    response: AuthenticationResponse = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registration:
    """An answer to `creation_options`, parsed; nothing in it is believed yet."""

    credential_id: bytes
    challenge: bytes
    transports: tuple[str, ...]
    response: RegistrationResponse = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asserted:
    """What an authenticator said under its signature."""

    user_verified: bool
    sign_count: int
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Registered:
    """A new credential, as its authenticator described it."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    user_verified: bool
    backup_eligible: bool
    backed_up: bool
    attestation: AttestationObject = field(repr=False)
    client_data_hash: bytes = field(repr=False)


def parse_assertion(document: str) -> Assertion | None:
    """Read an AuthenticationResponseJSON; None when it is not one."""
    try:
        raw_id, inner, _ = _opened(document)
        client_data = CollectedClientData(decoded(inner["clientDataJSON"]))
        response = AuthenticationResponse(
            raw_id=raw_id,
            response=AuthenticatorAssertionResponse(
                client_data=client_data,
                authenticator_data=AuthenticatorData(decoded(inner["authenticatorData"])),
                signature=decoded(inner["signature"]),
            ),
        )
        handle = inner.get("userHandle")
        return Assertion(raw_id, client_data.challenge, decoded(handle) if handle else None, response)
    except _FAULTS:
        return None


def parse_registration(document: str) -> Registration | None:
    """Read a RegistrationResponseJSON; None when it is not one."""
    try:
        raw_id, inner, _ = _opened(document)
        client_data = CollectedClientData(decoded(inner["clientDataJSON"]))
        response = RegistrationResponse(
            raw_id=raw_id,
            response=AuthenticatorAttestationResponse(
                client_data=client_data,
                attestation_object=AttestationObject(decoded(inner["attestationObject"])),
            ),
        )
        return Registration(
            raw_id, client_data.challenge, known_transports(inner.get("transports")), response
        )
    except _FAULTS:
        return None


def check_assertion(
    party: RelyingParty, assertion: Assertion, passkey: Passkey, *, verify_user: bool
) -> Asserted | Reason:
    """Check an answer against the credential that it names (§7.2), all but challenge, user handle and counter."""
    answer = assertion.response.response
    data = answer.authenticator_data
    reason = _surroundings(party, answer.client_data, data, "webauthn.get", verify_user=verify_user)
    if reason is not None:
        return reason
    if data.is_backup_eligible() is not passkey.backup_eligible:  # §7.2, step 18: it never changes
        return Reason.WRONG
    try:
        key = CoseKey.parse(cbor.decode(passkey.public_key))  # type: ignore[arg-type]  # what we stored is a map
        known = AttestedCredentialData.create(bytes(16), passkey.credential_id, key)
        state = _state(assertion.challenge, verify_user=verify_user)
        _server(party).authenticate_complete(state, [known], assertion.response)
    except (*_FAULTS, InvalidSignature):
        return Reason.WRONG
    return Asserted(data.is_user_verified(), data.counter, data.is_backed_up())


def check_registration(party: RelyingParty, registration: Registration) -> Registered | Reason:
    """Check a new credential (§7.1), all but challenge, attestation and whether its id is taken."""
    answer = registration.response.response
    attestation = answer.attestation_object
    reason = _surroundings(
        party, answer.client_data, attestation.auth_data, "webauthn.create", verify_user=False
    )
    if reason is not None:
        return reason
    try:
        state = _state(registration.challenge, verify_user=False)
        data = _server(party).register_complete(state, registration.response)
    except (*_FAULTS, AssertionError):  # fido2 asserts that there is a credential
        return Reason.WRONG
    credential = data.credential_data
    if credential is None or not _usable(credential, registration.credential_id):
        return Reason.WRONG
    return Registered(
        credential_id=credential.credential_id,
        public_key=cbor.encode(credential.public_key),
        sign_count=data.counter,
        aaguid=str(credential.aaguid),
        user_verified=data.is_user_verified(),
        backup_eligible=data.is_backup_eligible(),
        backed_up=data.is_backed_up(),
        attestation=attestation,
        client_data_hash=answer.client_data.hash,
    )


def _usable(credential: AttestedCredentialData, credential_id: bytes) -> bool:
    """Whether it is the credential that the answer names, with a key of a kind that we offered (§7.1, step 20)."""
    key = credential.public_key
    if credential.credential_id != credential_id or not 1 <= len(credential_id) <= LONGEST_CREDENTIAL_ID:
        return False
    try:
        key.verify(b"", b"")  # a key that cannot be loaded could never be used
    except InvalidSignature:
        return key.get(3) in ALGORITHMS
    except _FAULTS:
        pass
    return False


def _surroundings(
    party: RelyingParty,
    client_data: CollectedClientData,
    data: AuthenticatorData,
    ceremony: str,
    *,
    verify_user: bool,
) -> Reason | None:
    """What both ceremonies share: their kind, where the browser was, and the flags (§7.1, §7.2)."""
    # W2, F28: compared whole. A frame in another site's page says so (crossOrigin, topOrigin).
    framed = client_data.cross_origin is not False or client_data._data.get("topOrigin") is not None  # noqa: SLF001 - fido2 has no name for it
    rp_id_hash = _server(party).rp.id_hash
    checks = (
        (client_data.type != ceremony, Reason.WRONG),
        (client_data.origin not in party.origins or framed, Reason.OTHER_SITE),
        (data.rp_id_hash != rp_id_hash, Reason.OTHER_SITE),
        (not data.is_user_present(), Reason.WRONG),
        (data.is_backed_up() and not data.is_backup_eligible(), Reason.WRONG),  # §6.1.3
        (verify_user and not data.is_user_verified(), Reason.NOT_VERIFIED),
    )
    return next((reason for wrong, reason in checks if wrong), None)


@lru_cache(maxsize=8)
def _server(party: RelyingParty) -> Fido2Server:
    """Return the arithmetic for a party; it keeps no state, and making one takes longer than a signature's check."""
    entity = PublicKeyCredentialRpEntity(id=party.id, name=party.name)
    return Fido2Server(entity, verify_origin=lambda origin: origin in party.origins)


def _state(challenge: bytes, *, verify_user: bool) -> dict[str, Any]:
    asked = UserVerificationRequirement.REQUIRED if verify_user else UserVerificationRequirement.PREFERRED
    return {"challenge": encoded(challenge), "user_verification": asked}


def _opened(document: str) -> tuple[bytes, Mapping[str, Any], Mapping[str, Any]]:
    """The id and the response of a credential's JSON; raises ValueError where the two ids differ (W4)."""
    if len(document) > LONGEST_DOCUMENT:
        raise ValueError("too long")
    whole = json.loads(document)
    if whole["type"] != "public-key" or whole["id"] != whole["rawId"]:
        raise ValueError("not a public key credential, or one with two ids")
    return decoded(whole["rawId"]), whole["response"], whole
