"""WebAuthn at the server: the standard's vectors, and answers of which every single word is a lie (W1-W6, F27-F29)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa import (
    BoundPasskey,
    Ceremony,
    FactorKind,
    NewPasskey,
    PasskeyPurpose,
    ProvedPasskey,
    Reason,
    RefusedPasskey,
    Rejected,
    RelyingParty,
    Throttled,
    ask_passkey,
    begin_passkey,
    bind_passkey,
    challenge,
    enrolled,
    locked_until,
    prove_passkey,
    remove,
    rename,
    throttle_key,
)
from tests.support.factors import START, factor_store, memory_store, new_database
from tests.support.soft_authenticator import BE, BS, UP, UV, SoftAuthenticator, b64, unb64

PARTY = RelyingParty("id.example.se", "Sundby", frozenset({"https://id.example.se"}))
HERE = b"journey-1"
BIND = Ceremony(PARTY, PasskeyPurpose.BIND, HERE, "anna")
FIRST = Ceremony(PARTY, PasskeyPurpose.SIGN_IN, HERE)
SECOND = Ceremony(PARTY, PasskeyPurpose.SECOND_FACTOR, HERE, "anna")
NEW = NewPasskey("anna", "Anna Svensson")
NOW = START


@pytest.fixture
def store():
    with memory_store() as opened:
        yield opened


def bind(store, key=None, ceremony=BIND, name="key", **lies):
    """Bind a passkey; gives the authenticator and the outcome."""
    key = key or SoftAuthenticator(user_handle=b"")
    answer = key.make(begin_passkey(store, ceremony, NEW, NOW), **lies)
    return key, bind_passkey(store, ceremony, json.dumps(answer), name, NOW)


def prove(store, key, ceremony=FIRST, change=None, now=NOW, **lies):
    """Prove a passkey; `change` alters the answer after it was signed."""
    answer = key.prove(ask_passkey(store, ceremony, now), **lies)
    if change is not None:
        change(answer)
    return prove_passkey(store, ceremony, json.dumps(answer), now)


def test_a_passkey_is_bound_named_used_and_removed(store):
    key, bound = bind(store, name="Mobile")
    assert isinstance(bound, BoundPasskey)
    assert FactorKind.PASSKEY in challenge(store, "anna", NOW).kinds
    later = NOW + timedelta(minutes=3)
    proved = prove(store, key, now=later)
    assert isinstance(proved, ProvedPasskey)
    assert (proved.passkey.subject, proved.user_verified) == ("anna", True)
    assert rename(store, "anna", bound.passkey.id, "Phone")
    assert not rename(store, "bo", bound.passkey.id, "Mine")
    (line,) = enrolled(store, "anna")
    assert (line.kind, line.name, line.last_used_at) == (FactorKind.PASSKEY, "Phone", later)
    assert not remove(store, "bo", bound.passkey.id, NOW)
    assert remove(store, "anna", bound.passkey.id, NOW)
    assert prove(store, key) == RefusedPasskey(Reason.NONE_ENROLLED)
    assert not challenge(store, "anna", NOW).kinds


def test_several_passkeys_of_one_person(store):
    keys = [bind(store)[0] for _ in range(3)]
    assert len(enrolled(store, "anna")) == 3
    options = json.loads(ask_passkey(store, SECOND, NOW))
    assert {one["id"] for one in options["allowCredentials"]} == {b64(key.credential_id) for key in keys}
    excluded = json.loads(begin_passkey(store, BIND, NEW, NOW))["excludeCredentials"]
    assert len(excluded) == 3
    assert all(isinstance(prove(store, key), ProvedPasskey) for key in keys)


def test_S9_before_anybody_is_known_the_options_name_nobody(store):
    empty = json.loads(ask_passkey(store, FIRST, NOW))
    bind(store)
    full = json.loads(ask_passkey(store, FIRST, NOW))
    assert empty.pop("challenge") != full.pop("challenge")
    assert empty == full
    assert full["allowCredentials"] == []
    assert full["userVerification"] == "required"


def test_W1_a_challenge_is_long_random_and_made_here(store):
    seen = {unb64(json.loads(ask_passkey(store, FIRST, NOW))["challenge"]) for _ in range(20)}
    assert len(seen) == 20
    assert all(len(one) >= 16 for one in seen)
    key, _ = bind(store)
    foreign = json.dumps({"challenge": b64(b"c" * 32)})
    assert prove_passkey(store, FIRST, json.dumps(key.prove(foreign)), NOW) == RefusedPasskey(Reason.REPLAYED)


def test_W1_F29_an_answer_counts_once(store):
    key, _ = bind(store)
    answer = json.dumps(key.prove(ask_passkey(store, FIRST, NOW)))
    assert isinstance(prove_passkey(store, FIRST, answer, NOW), ProvedPasskey)
    assert prove_passkey(store, FIRST, answer, NOW) == RefusedPasskey(Reason.REPLAYED)
    made = json.dumps(SoftAuthenticator().make(begin_passkey(store, BIND, NEW, NOW)))
    assert isinstance(bind_passkey(store, BIND, made, "", NOW), BoundPasskey)
    assert bind_passkey(store, BIND, made, "", NOW) == Rejected(Reason.REPLAYED)


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(FIRST, binding=b"journey-2"),
        replace(FIRST, purpose=PasskeyPurpose.SECOND_FACTOR),
        replace(FIRST, purpose=PasskeyPurpose.SECOND_FACTOR, subject="anna"),
        replace(FIRST, subject="anna"),
    ],
    ids=["session", "purpose", "purpose and subject", "subject"],
)
def test_W1_F29_a_challenge_is_bound_to_session_subject_and_purpose(store, elsewhere):
    key, _ = bind(store)
    answer = json.dumps(key.prove(ask_passkey(store, FIRST, NOW)))
    assert prove_passkey(store, elsewhere, answer, NOW) == RefusedPasskey(Reason.REPLAYED)
    # It is not spent by whoever tried it in the wrong place.
    assert isinstance(prove_passkey(store, FIRST, answer, NOW), ProvedPasskey)


def test_W1_a_challenge_ends(store):
    key, _ = bind(store)
    answer = json.dumps(key.prove(ask_passkey(store, FIRST, NOW)))
    late = NOW + timedelta(minutes=31)
    assert prove_passkey(store, FIRST, answer, late) == RefusedPasskey(Reason.REPLAYED)


def test_W1_a_challenge_is_spent_also_by_an_answer_that_is_refused(store):
    key, _ = bind(store)
    options = ask_passkey(store, FIRST, NOW)
    bad = json.dumps(key.prove(options, flags=UV))
    assert prove_passkey(store, FIRST, bad, NOW).reason is Reason.WRONG
    good = json.dumps(key.prove(options))
    assert prove_passkey(store, FIRST, good, NOW) == RefusedPasskey(Reason.REPLAYED)


ORIGINS = [
    "https://badid.example.se",
    "https://id.example.se.evil",
    "http://id.example.se",
    "https://sub.id.example.se",
    "https://example.se",
    "https://id.example.se:8443",
    "https://id.example.se/",
    "HTTPS://ID.EXAMPLE.SE",
    "null",
    "",
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_W2_F28_an_origin_is_compared_whole(store, origin):
    _, refused = bind(store, client={"origin": origin})
    assert refused == Rejected(Reason.OTHER_SITE)
    key, _ = bind(store)
    assert prove(store, key, client={"origin": origin}).reason is Reason.OTHER_SITE


@pytest.mark.parametrize(
    "lies",
    [{"rp_id": "example.se"}, {"rp_id": "evil.example"}, {"client": {"crossOrigin": True}},
     {"client": {"topOrigin": "https://evil.example"}}],
    ids=["parent domain", "other domain", "framed", "framed, by name"],
)  # fmt: skip
def test_W2_another_relying_party_or_a_frame_is_refused(store, lies):
    _, refused = bind(store, **lies)
    assert refused == Rejected(Reason.OTHER_SITE)
    key, _ = bind(store)
    assert prove(store, key, **lies).reason is Reason.OTHER_SITE


def test_W3_presence_always_and_verification_where_it_counts_as_two_factors(store):
    assert bind(store, flags=UV)[1] == Rejected(Reason.WRONG)
    key, _ = bind(store)
    assert prove(store, key, flags=0).reason is Reason.WRONG
    assert prove(store, key, flags=UP).reason is Reason.NOT_VERIFIED
    touched = prove(store, key, SECOND, flags=UP)
    assert isinstance(touched, ProvedPasskey)
    assert not touched.user_verified


@pytest.mark.parametrize(
    ("before", "after", "accepted"),
    [(UP | UV, UP | UV | BE, False), (UP | UV | BE, UP | UV, False), (UP | UV, UP | UV | BS, False),
     (UP | UV | BE, UP | UV | BE | BS, True)],
    ids=["became eligible", "ceased to be eligible", "backed up without being eligible", "was backed up"],
)  # fmt: skip
def test_the_backup_flags_belong_together_and_eligibility_never_changes(store, before, after, accepted):
    key, _ = bind(store, flags=before)
    assert isinstance(prove(store, key, flags=after), ProvedPasskey) is accepted


def flip(text: str, at: int = 5) -> str:
    raw = bytearray(unb64(text))
    raw[at] ^= 1
    return b64(bytes(raw))


def set_in_response(name, value):
    def change(answer):
        answer["response"][name] = value(answer["response"][name]) if callable(value) else value

    return change


def set_top(name, value):
    return lambda answer: answer.__setitem__(name, value)


FORGERIES = {
    "id is not rawId": set_top("id", b64(b"x" * 32)),
    "rawId is not id": set_top("rawId", b64(b"x" * 32)),
    "type": set_top("type", "password"),
    "no type": lambda answer: answer.pop("type"),
    "signature": set_in_response("signature", flip),
    "empty signature": set_in_response("signature", b64(b"\0")),
    "no signature": lambda answer: answer["response"].pop("signature"),
    "authenticator data": set_in_response("authenticatorData", lambda text: flip(text, 36)),
    "longer authenticator data": set_in_response("authenticatorData", lambda text: b64(unb64(text) + b"\0")),
    "shorter authenticator data": set_in_response("authenticatorData", lambda text: b64(unb64(text)[:-1])),
    "client data": set_in_response("clientDataJSON", lambda text: b64(unb64(text) + b" ")),
    "client data that is no JSON": set_in_response("clientDataJSON", b64(b"{")),
    "client data that is a list": set_in_response("clientDataJSON", b64(b"[]")),
    "padding": set_in_response("signature", lambda text: text + "="),
    "no response": lambda answer: answer.pop("response"),
    "user handle": set_in_response("userHandle", b64(b"u" * 32)),
    "no user handle": lambda answer: answer["response"].pop("userHandle"),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_W4_F27_every_mutated_field_is_refused_and_the_counter_unchanged(store, forge):
    key, bound = bind(store, count=7)
    key.count = 7
    assert isinstance(prove(store, key, change=forge), RefusedPasskey)
    (kept,) = store.passkeys.active("anna")
    assert (kept.sign_count, kept.last_used_at) == (7, None)
    assert kept.id == bound.passkey.id


@pytest.mark.parametrize("kind", ["webauthn.create", "payment.get", ""])
def test_W4_the_kind_of_ceremony_is_checked(store, kind):
    key, _ = bind(store)
    assert prove(store, key, client={"type": kind}).reason is Reason.WRONG
    assert bind(store, client={"type": "webauthn.get"})[1] == Rejected(Reason.WRONG)


def test_W4_F27_the_credential_of_another_is_refused(store):
    bind(store)
    bos, _ = bind(store, ceremony=replace(BIND, subject="bo"))
    # After Anna's password no passkey of Bo's helps, although it is right for him.
    assert prove(store, bos, SECOND) == RefusedPasskey(Reason.NONE_ENROLLED)
    # Nor does his answer under Anna's handle make it hers.
    annas = bind(store)[0].user_handle
    assert prove(store, bos, user_handle=annas).reason is Reason.WRONG
    assert prove(store, bos).passkey.subject == "bo"


def test_W4_another_key_under_a_known_id_is_refused(store):
    key, _ = bind(store)
    impostor = SoftAuthenticator(credential_id=key.credential_id, user_handle=key.user_handle)
    assert prove(store, impostor).reason is Reason.WRONG


@pytest.mark.parametrize("refuse", [True, False])
@pytest.mark.parametrize(("kept", "shown"), [(9, 9), (9, 8), (9, 0)])
def test_W5_a_counter_that_goes_backwards_is_noted_and_refused_per_policy(store, refuse, kept, shown):
    key, _ = bind(store, count=kept)
    outcome = prove(store, key, replace(FIRST, refuse_regressed=refuse), count=shown)
    if refuse:
        assert outcome.reason is Reason.COUNTER_REGRESSED
    else:
        assert outcome.regressed
    (line,) = enrolled(store, "anna")
    assert line.regressed_at == NOW
    assert store.passkeys.active("anna")[0].sign_count == kept


def test_W5_a_counter_that_grows_or_stays_at_zero_is_no_matter(store):
    counting, _ = bind(store, count=1)
    for count in (2, 3, 900):
        assert not prove(store, counting, count=count).regressed
    silent, _ = bind(store)
    for _ in range(3):
        assert not prove(store, silent, count=0).regressed
    assert {line.regressed_at for line in enrolled(store, "anna")} == {None}


def test_W6_an_id_that_is_or_was_bound_passes_to_nobody(store):
    key, bound = bind(store)
    bos = replace(BIND, subject="bo")
    assert bind(store, key, bos)[1] == Rejected(Reason.ALREADY_BOUND)
    assert remove(store, "anna", bound.passkey.id, NOW)
    assert bind(store, key, bos)[1] == Rejected(Reason.ALREADY_BOUND)
    assert enrolled(store, "bo") == ()
    store.prune(NOW + timedelta(days=400), timedelta(days=30))
    assert bind(store, key, bos)[1] == Rejected(Reason.ALREADY_BOUND)


@pytest.mark.parametrize(
    "lies",
    [
        {"public_key": {1: 2, 3: -47, -1: 8, -2: b"x" * 32, -3: b"y" * 32}},
        {"public_key": {1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32}},
        {"public_key": {1: 2, 3: -65535, -1: 1}},
        {"credential_id": b""},
        {"credential_id": b"x" * 1024},
        {"credential_id": b"another"},
    ],
    ids=["algorithm not offered", "point not on the curve", "SHA-1", "no id", "id too long", "id not named"],
)
def test_a_credential_that_was_not_asked_for_is_refused(store, lies):
    assert isinstance(bind(store, **lies)[1], Rejected)
    assert enrolled(store, "anna") == ()


def test_S6_after_a_first_factor_wrong_answers_are_counted_for_the_subject(store):
    key, _ = bind(store)
    for _ in range(5):
        assert prove(store, key, SECOND, flags=0).reason is Reason.WRONG
    assert isinstance(prove(store, key, SECOND), Throttled)
    assert locked_until(store, throttle_key("anna"), FactorKind.PASSKEY, NOW) is not None


def test_whoever_knows_a_credential_id_cannot_lock_its_owner_out(store):
    key, _ = bind(store)
    for _ in range(50):
        assert prove(store, key, change=set_in_response("signature", flip)).reason is Reason.WRONG
    assert isinstance(prove(store, key), ProvedPasskey)
    assert locked_until(store, throttle_key("anna"), FactorKind.PASSKEY, NOW) is None


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_whatever_is_sent_is_refused_and_never_a_fault(document):
    with memory_store() as store:
        assert isinstance(prove_passkey(store, FIRST, document, NOW), RefusedPasskey)
        assert isinstance(bind_passkey(store, BIND, document, "", NOW), Rejected)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature"]),
    JSON,
)
def test_any_json_in_any_place_is_refused_and_never_a_fault(name, value):
    with memory_store() as store:
        key, _ = bind(store)

        def change(answer):
            holder = answer if name in answer else answer["response"]
            holder[name] = value

        assert isinstance(prove(store, key, change=change), RefusedPasskey)


def test_nothing_about_a_person_is_in_the_user_handle(store):
    key, _ = bind(store)
    assert len(key.user_handle) == 32
    assert b"anna" not in key.user_handle
    again, _ = bind(store)
    assert again.user_handle == key.user_handle


def test_at_an_address_without_a_name_there_is_no_relying_party():
    assert RelyingParty.of_origin("http://127.0.0.1:8080", "x") is None
    assert RelyingParty.of_origin("http://[::1]:8080", "x") is None
    party = RelyingParty.of_origin("http://localhost:8080", "x")
    assert party == RelyingParty("localhost", "x", frozenset({"http://localhost:8080"}))


# Web Authentication Level 3, §16.2: "none" attestation with ES256, for https://example.org.
VECTOR_PARTY = RelyingParty("example.org", "Example", frozenset({"https://example.org"}))
VECTOR_ID = "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4"
VECTOR_KEY = (
    "a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61"
    "225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220"
)
REGISTRATION = {
    "challenge": "00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130",
    "client": {
        "type": "webauthn.create",
        "challenge": "AMMPt4UxxGTStncdq417YDwBFi8vpIa-pw8oOuVW4TA",
        "origin": "https://example.org",
        "crossOrigin": False,
        "extraData": (
            "clientDataJSON may be extended with additional fields in the future, such as this: "
            "BkQeDjcdTBrBiBAwJTLE5Q"
        ),
    },
    "attestation": (
        "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd4"
        "6592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020" + VECTOR_ID + VECTOR_KEY
    ),
}
ASSERTION = {
    "challenge": "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
    "client": {
        "type": "webauthn.get",
        "challenge": "OcDnUhQXulTUPo3JUXT0I97pvzzYBP9tZchXyav01Ag",
        "origin": "https://example.org",
        "crossOrigin": False,
    },
    "data": "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000",
    "signature": (
        "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd38"
        "0221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87"
    ),
}


def compact(client: dict) -> bytes:
    return json.dumps(client, separators=(",", ":")).encode()


def test_the_vectors_of_the_standard(store):
    identifier = b64(bytes.fromhex(VECTOR_ID))
    bind_there = replace(BIND, party=VECTOR_PARTY)
    ends = NOW + timedelta(minutes=1)
    store.passkeys.add_challenge(
        bytes.fromhex(REGISTRATION["challenge"]), PasskeyPurpose.BIND, "anna", HERE, ends
    )
    made = {
        "clientDataJSON": b64(compact(REGISTRATION["client"])),
        "attestationObject": b64(bytes.fromhex(REGISTRATION["attestation"])),
    }
    document = {"id": identifier, "rawId": identifier, "type": "public-key", "response": made}
    bound = bind_passkey(store, bind_there, json.dumps(document), "", NOW)
    assert isinstance(bound, BoundPasskey)
    passkey = bound.passkey
    assert passkey.aaguid == "8446ccb9-ab1d-b374-750b-2367ff6f3a1f"
    assert passkey.public_key.hex() == VECTOR_KEY
    assert (passkey.user_verifying, passkey.backup_eligible, passkey.backed_up) == (False, True, True)
    second = Ceremony(VECTOR_PARTY, PasskeyPurpose.SECOND_FACTOR, HERE, "anna")
    for signature, expected in ((flip(b64(bytes.fromhex(ASSERTION["signature"])), 20), RefusedPasskey), (
        b64(bytes.fromhex(ASSERTION["signature"])), ProvedPasskey
    )):  # fmt: skip
        document["response"] = {
            "clientDataJSON": b64(compact(ASSERTION["client"])),
            "authenticatorData": b64(bytes.fromhex(ASSERTION["data"])),
            "signature": signature,
        }
        store._connection.exec_driver_sql("DELETE FROM mfa_passkey_challenges")
        store.passkeys.add_challenge(
            bytes.fromhex(ASSERTION["challenge"]), PasskeyPurpose.SECOND_FACTOR, "anna", HERE, ends
        )
        assert isinstance(prove_passkey(store, second, json.dumps(document), NOW), expected)


def test_on_both_databases(database_url):
    engine = new_database(database_url)
    with factor_store(engine) as store:
        key, bound = bind(store, count=3)
        assert isinstance(bound, BoundPasskey)
        assert isinstance(prove(store, key, count=4), ProvedPasskey)
        assert prove(store, key, count=4).reason is Reason.COUNTER_REGRESSED
        assert bind(store, key, replace(BIND, subject="bo"))[1] == Rejected(Reason.ALREADY_BOUND)
        assert remove(store, "anna", bound.passkey.id, NOW)
        assert store.prune(NOW + timedelta(hours=1), timedelta(days=30)) > 0
    engine.dispose()
