"""W6, F29: attestation against metadata that an administrator supplies, offline and failing closed."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from mfa import (
    BoundPasskey,
    Ceremony,
    Metadata,
    MetadataRefusedError,
    Model,
    NewPasskey,
    PasskeyPurpose,
    Reason,
    Rejected,
    RelyingParty,
    begin_passkey,
    bind_passkey,
)
from tests.support.attestation import Authority, blob, entry
from tests.support.factors import START, memory_store
from tests.support.soft_authenticator import SoftAuthenticator

NOW = START
CERTIFIED = "2fc0579f-8113-47ea-b116-bb5a8db9202a"
PLAIN = "11111111-2222-3333-4444-555555555555"
REVOKED = "99999999-2222-3333-4444-555555555555"
PARTY = RelyingParty("id.example.se", "Sundby", frozenset({"https://id.example.se"}))

maker = Authority("Maker root")
anchor = Authority("Metadata root")
signer = Authority("Metadata signer", anchor, ca=False)


def attester(aaguid: str, issuer: Authority = maker, **options) -> Authority:
    return Authority("Batch 7", issuer, ca=False, aaguid=UUID(aaguid).bytes, **options)


def entries():
    return (
        entry(CERTIFIED, maker, "FIDO_CERTIFIED_L1"),
        entry(PLAIN, maker, "NOT_FIDO_CERTIFIED"),
        entry(REVOKED, maker, "FIDO_CERTIFIED_L2", "REVOKED"),
    )


@pytest.fixture(scope="module")
def metadata():
    return Metadata.read(blob(signer, *entries()), anchor.pem(), NOW)


@pytest.fixture
def store():
    with memory_store() as opened:
        yield opened


def bind(store, metadata, aaguid=CERTIFIED, accept=lambda model: model is not None, **lies):
    ceremony = Ceremony(
        PARTY, PasskeyPurpose.BIND, b"here", "anna", metadata=metadata,
        accepts=lambda passkey: accept(metadata.model(passkey.aaguid, NOW) if metadata and passkey.attested else None),
    )  # fmt: skip
    key = SoftAuthenticator(aaguid=UUID(aaguid).bytes)
    options = begin_passkey(store, ceremony, NewPasskey("anna", "Anna"), NOW)
    return options, bind_passkey(store, ceremony, json.dumps(key.make(options, **lies)), "", NOW)


def self_attested(key):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    def attest(data, client_data_hash):
        return "packed", {"alg": -7, "sig": key.sign(data + client_data_hash, ec.ECDSA(hashes.SHA256()))}

    return attest


def test_an_attestation_is_asked_for_only_where_it_can_be_judged(store, metadata):
    assert json.loads(bind(store, metadata)[0])["attestation"] == "direct"
    assert json.loads(bind(store, None)[0])["attestation"] == "none"


def test_a_model_is_proved_by_a_chain_to_its_makers_root(store, metadata):
    bound = bind(store, metadata, attestation=attester(CERTIFIED).packed())[1]
    assert isinstance(bound, BoundPasskey)
    assert bound.passkey.attested
    assert metadata.model(bound.passkey.aaguid, NOW) == Model(CERTIFIED, certified=True)
    middle = Authority("Maker's line", maker)
    longer = bind(store, metadata, attestation=attester(CERTIFIED, middle).packed(middle))[1]
    assert isinstance(longer, BoundPasskey)
    plain = bind(store, metadata, PLAIN, attestation=attester(PLAIN).packed())[1]
    assert metadata.model(plain.passkey.aaguid, NOW) == Model(PLAIN, certified=False)


def test_W6_F29_none_and_self_attestation_do_not_pass_for_a_model(store, metadata):
    assert bind(store, metadata)[1] == Rejected(Reason.UNTRUSTED)
    key = SoftAuthenticator()
    own = bind(store, metadata, attestation=self_attested(key.key), public_key=key.public_key())[1]
    assert own == Rejected(Reason.UNTRUSTED)
    # Where any passkey is accepted they are bound, as what they are.
    bound = bind(store, metadata, accept=lambda _: True)[1]
    assert isinstance(bound, BoundPasskey)
    assert not bound.passkey.attested


stranger = Authority("Maker root")
leaf = Authority("Batch 7", maker, ca=False)


@pytest.mark.parametrize(
    ("aaguid", "attestation"),
    [
        (CERTIFIED, attester(CERTIFIED, stranger).packed()),
        (CERTIFIED, attester(PLAIN).packed()),
        (REVOKED, attester(REVOKED).packed()),
        ("77777777-2222-3333-4444-555555555555", attester("77777777-2222-3333-4444-555555555555").packed()),
        ("00000000-0000-0000-0000-000000000000", attester("00000000-0000-0000-0000-000000000000").packed()),
        (CERTIFIED, attester(CERTIFIED, leaf).packed(leaf)),
        (CERTIFIED, lambda _data, _hash: ("packed", {"alg": -7, "sig": b"", "x5c": []})),
        (CERTIFIED, lambda _data, _hash: ("packed", {"alg": -7, "sig": b"x", "x5c": [b"not a certificate"]})),
        (CERTIFIED, lambda _data, _hash: ("packed", {})),
        (CERTIFIED, lambda _data, _hash: ("packed", {"ecdaaKeyId": b"x"})),
        (CERTIFIED, lambda _data, _hash: ("invented", {"sig": b"x"})),
    ],
    ids=["root of the same name", "another model's", "revoked", "unknown model", "no model", "a leaf that signs",
         "empty chain", "no certificate", "no statement", "ecdaa", "unknown format"],
)  # fmt: skip
def test_W6_whatever_else_is_attested_proves_no_model(store, metadata, aaguid, attestation):
    assert bind(store, metadata, aaguid, attestation=attestation)[1] == Rejected(Reason.UNTRUSTED)


def test_W6_an_attestation_over_other_data_proves_no_model(store, metadata):
    genuine = attester(CERTIFIED).packed()
    replayed = bind(store, metadata, attestation=lambda data, _hash: genuine(data, b"h" * 32))[1]
    assert replayed == Rejected(Reason.UNTRUSTED)


def test_metadata_that_nobody_renews_ends(metadata):
    assert metadata.model(CERTIFIED, metadata.counts_until() - timedelta(days=1)) is not None
    assert metadata.model(CERTIFIED, metadata.counts_until()) is None


def cut(signed: bytes) -> bytes:
    return signed[:-10]


def unsigned(signed: bytes) -> bytes:
    return signed.rsplit(b".", 1)[0] + b"."


def of_other_content(signed: bytes) -> bytes:
    head, _, signature = signed.split(b".")
    return b".".join([head, blob(signer).split(b".")[1], signature])


@pytest.mark.parametrize(
    "change", [cut, unsigned, of_other_content, lambda _: b"", lambda _: b"a.b.c", lambda _: b"{}"]
)
def test_metadata_that_was_altered_is_refused_whole(change):
    with pytest.raises(MetadataRefusedError):
        Metadata.read(change(blob(signer, *entries())), anchor.pem(), NOW)


@pytest.mark.parametrize(
    ("by", "options"),
    [
        (Authority("Metadata signer", Authority("Metadata root"), ca=False), {}),
        (replace(signer, ends=NOW - timedelta(days=1)), {}),
        (replace(signer, starts=NOW + timedelta(days=1)), {}),
        (signer, {"header": {"alg": "none"}}),
        (signer, {"header": {"alg": "HS256"}}),
        (signer, {"header": {"x5c": []}}),
        (Authority("x", signer, ca=False), {"chain": (signer,)}),
    ],
    ids=[
        "another root",
        "expired",
        "not yet valid",
        "alg none",
        "a MAC",
        "no certificates",
        "a leaf that signs",
    ],
)
def test_metadata_signed_by_somebody_else_is_refused(by, options):
    with pytest.raises(MetadataRefusedError):
        Metadata.read(blob(by, *entries(), **options), anchor.pem(), NOW)
