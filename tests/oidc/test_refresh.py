"""O9: a refresh token works once, a second use ends the family, and nothing outlives its limit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.oidc.races import in_processes, in_threads
from tests.oidc.site import REGISTRATION, payload_of

OFFLINE = "openid profile offline_access"


def refused(answer):
    assert answer.status == 400, answer.text
    assert answer.json()["error"] == "invalid_grant"


@pytest.fixture
def tokens(site, anna, party):
    return party.tokens(site.signed_in(anna), scope=OFFLINE)


def test_O9_each_refresh_gives_a_new_token_and_the_old_one_is_spent(site, anna, party, tokens):
    new = party.refresh(tokens["refresh_token"]).json()
    assert new["refresh_token"] != tokens["refresh_token"]
    assert new["scope"] == OFFLINE
    assert party.userinfo(new["access_token"]).status == 200
    assert party.refresh(new["refresh_token"]).status == 200


def test_O9_replay_revokes_the_family(site, party, tokens):
    new = party.refresh(tokens["refresh_token"]).json()
    refused(party.refresh(tokens["refresh_token"]))
    refused(party.refresh(new["refresh_token"]))
    assert party.userinfo(new["access_token"]).status == 401
    assert party.userinfo(tokens["access_token"]).status == 401
    assert [reason for reason, _ in site.records("token.revoked")] == ["refresh_replayed"]


def test_O9_N1_of_many_threads_one_refreshes_and_the_family_ends(party, tokens):
    answers = in_threads(20, lambda _: party.refresh(tokens["refresh_token"]))
    won = [answer for answer in answers if answer.status == 200]
    assert len(won) == 1
    refused(party.refresh(won[0].json()["refresh_token"]))


def test_O9_N1_of_many_nodes_one_refreshes(site, party, tokens):
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    statuses = in_processes(site, "/oauth2/token", [(fields, party.basic())] * 3)
    assert sorted(statuses) == [200, 400, 400]


def test_O9_F42_what_is_spent_stays_spent_for_a_process_that_starts_afterwards(site, party, tokens):
    party.refresh(tokens["refresh_token"])
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert in_processes(site, "/oauth2/token", [(fields, party.basic())]) == [400]


def test_F39_another_clients_refresh_token_is_refused_and_its_family_ends(site, party, tokens):
    other = site.client("other")
    refused(other.refresh(tokens["refresh_token"]))
    refused(party.refresh(tokens["refresh_token"]))
    assert party.userinfo(tokens["access_token"]).status == 401


def test_a_family_lives_as_long_as_the_client_is_registered_for_and_no_longer(site, anna):
    party = site.client(registration=replace(REGISTRATION, refresh_lifetime=timedelta(hours=2)))
    tokens = party.tokens(site.signed_in(anna), scope=OFFLINE)
    for _ in range(2):
        site.place.later(minutes=59)
        tokens = party.refresh(tokens["refresh_token"]).json()
    assert tokens["expires_in"] <= 120
    site.place.later(minutes=3)
    refused(party.refresh(tokens["refresh_token"]))
    assert party.userinfo(tokens["access_token"]).status == 401


def test_without_offline_access_there_is_no_refresh_token(site, anna, party):
    assert "refresh_token" not in party.tokens(site.signed_in(anna), scope="openid")
    never = site.client(registration=replace(REGISTRATION, refresh_lifetime=None))
    tokens = never.tokens(site.signed_in(anna), scope=OFFLINE)
    assert "refresh_token" not in tokens
    assert "offline_access" not in tokens["scope"]


def test_a_refresh_may_ask_for_less_and_the_next_for_all_again(party, tokens):
    less = party.refresh(tokens["refresh_token"], scope="openid").json()
    assert less["scope"] == "openid"
    assert "name" not in party.userinfo(less["access_token"]).json()
    assert party.refresh(less["refresh_token"]).json()["scope"] == OFFLINE


def test_a_refresh_that_asks_for_more_is_refused_and_costs_nothing(party, tokens):
    answer = party.refresh(tokens["refresh_token"], scope="openid email")
    assert answer.json()["error"] == "invalid_scope"
    assert party.refresh(tokens["refresh_token"]).status == 200


def test_a_refreshed_id_token_tells_the_first_authentication_and_no_nonce(site, party, tokens):
    first = payload_of(tokens["id_token"])
    site.place.later(minutes=5)
    second = payload_of(party.refresh(tokens["refresh_token"]).json()["id_token"])
    assert "nonce" not in second
    assert second["iat"] == first["iat"] + 300
    for claim in ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid"):
        assert second[claim] == first[claim]


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 20_000])
def test_tokens_that_are_none(party, token):
    assert party.refresh(token).status == 400
