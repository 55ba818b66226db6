"""Challenges where nobody is known: asking writes nothing, an altered one is refused, each is answered once (W1)."""

import json
from datetime import timedelta

import pytest

from mfa import Ceremony, PasskeyPurpose, RelyingParty, ask_passkey, open_challenges
from mfa.passkeys import CHALLENGE_LIFETIME
from tests.support.factors import START, factor_store, memory_store, new_database
from tests.support.soft_authenticator import unb64

HERE = b"journey-1"
FIRST = Ceremony(
    RelyingParty("id.example.se", "Sundby", frozenset({"https://id.example.se"})),
    PasskeyPurpose.SIGN_IN,
    HERE,
)
NOW = START


@pytest.fixture
def store():
    with memory_store() as opened:
        yield opened


def expiry(store, challenge, purpose=PasskeyPurpose.SIGN_IN, binding=HERE):
    return open_challenges.expiry(store, challenge, purpose, binding)


def kept(store):
    return store._connection.exec_driver_sql("SELECT count(*) FROM mfa_passkey_challenges").scalar()


def test_asking_writes_nothing(store):
    asked = unb64(json.loads(ask_passkey(store, FIRST, NOW))["challenge"])
    assert kept(store) == 0
    assert expiry(store, asked) == NOW + CHALLENGE_LIFETIME
    assert unb64(json.loads(ask_passkey(store, FIRST, NOW))["challenge"]) != asked


def test_W1_an_altered_or_strange_challenge_is_none_of_ours(store):
    asked = open_challenges.make(store, PasskeyPurpose.SIGN_IN, HERE, NOW + timedelta(minutes=1))
    altered = [asked[:at] + bytes([asked[at] ^ 1]) + asked[at + 1 :] for at in range(len(asked))]
    for strange in (*altered, b"", asked[:-1], asked + b"\0", asked * 2):
        assert expiry(store, strange) is None
    assert expiry(store, asked, purpose=PasskeyPurpose.SECOND_FACTOR) is None
    assert expiry(store, asked, binding=b"journey-2") is None


def test_W1_an_open_challenge_is_answered_once_on_both_databases(database_url):
    with factor_store(new_database(database_url)) as store:
        ends = NOW + timedelta(minutes=1)
        asked = open_challenges.make(store, PasskeyPurpose.SIGN_IN, HERE, ends)
        assert store.passkeys.answer_challenge(asked, PasskeyPurpose.SIGN_IN, HERE, ends, NOW)
        assert not store.passkeys.answer_challenge(asked, PasskeyPurpose.SIGN_IN, HERE, ends, NOW)
