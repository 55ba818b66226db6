"""W1, F29: a challenge is spent once and a credential bound once, between threads and between processes."""

import json
from dataclasses import replace

import pytest

from mfa import NewPasskey, ask_passkey, begin_passkey, bind_passkey
from tests.support.factor_race import PASSKEY_BINDING, PASSKEY_CEREMONY, race_processes, race_threads
from tests.support.factors import START, factor_store, new_database
from tests.support.soft_authenticator import SoftAuthenticator

NEW = NewPasskey("anna", "Anna Svensson")


def bound(store, key=None):
    key = key or SoftAuthenticator()
    made = key.make(begin_passkey(store, PASSKEY_BINDING, NEW, START))
    bind_passkey(store, PASSKEY_BINDING, json.dumps(made), "key", START)
    return key


@pytest.mark.parametrize("processes", [1, 2])
def test_W1_F29_of_parallel_answers_to_one_challenge_one_is_accepted(database_url, processes):
    with factor_store(new_database(database_url)) as store:
        key = bound(store)
        answer = json.dumps(key.prove(ask_passkey(store, PASSKEY_CEREMONY, START)))
    if processes == 1:
        outcomes = race_threads(database_url, "passkey", "", answer, START, threads=20)
    else:
        outcomes = race_processes(database_url, "passkey", "", [answer], START, processes=2, threads=10)
    assert outcomes == {"ProvedPasskey": 1, "RefusedPasskey": 19}


def test_W5_of_answers_with_one_counter_value_one_is_accepted(database_url):
    """A copied key: two different challenges, the same count, in two processes."""
    with factor_store(new_database(database_url)) as store:
        key = bound(store, SoftAuthenticator(count=1))
        answers = [
            json.dumps(key.prove(ask_passkey(store, PASSKEY_CEREMONY, START), count=5)) for _ in range(2)
        ]
    outcomes = race_processes(database_url, "passkey", "", answers, START, processes=2, threads=1)
    assert outcomes == {"ProvedPasskey": 1, "RefusedPasskey": 1}


def test_W6_of_parallel_bindings_of_one_credential_one_wins(database_url):
    with factor_store(new_database(database_url)) as store:
        key = SoftAuthenticator()
        begun = [begin_passkey(store, PASSKEY_BINDING, NEW, START) for _ in range(2)]
        made = [json.dumps(key.make(options)) for options in begun]
    outcomes = race_processes(database_url, "bind passkey", "", made, START, processes=2, threads=4)
    assert outcomes == {"BoundPasskey": 1, "Rejected": 7}
    with factor_store(new_database(database_url)) as store:
        assert len(store.passkeys.active("anna")) == 1
        assert store.passkeys.active(replace(PASSKEY_BINDING, subject="bo").subject) == ()
