"""O1: a code works once, for its client, redirect URI and verifier, within a minute; a second use takes all back."""

import pytest

from tests.oidc.races import in_processes, in_threads
from tests.oidc.site import CALLBACK

WRONG = "w" * 43


def refused(answer):
    assert answer.status == 400, answer.text
    assert answer.json()["error"] == "invalid_grant"


def test_O1_a_code_works_once_and_its_second_use_revokes_what_it_gave(site, anna, party):
    browser = site.signed_in(anna)
    code = party.code(browser, scope="openid offline_access")
    tokens = party.redeem(code).json()
    assert party.userinfo(tokens["access_token"]).status == 200

    refused(party.redeem(code))

    assert party.userinfo(tokens["access_token"]).status == 401
    assert party.introspect(tokens["access_token"]) == {"active": False}
    refused(party.refresh(tokens["refresh_token"]))
    assert site.records("token.revoked")[0][0] == "code_replayed"


def test_O1_F39_a_code_of_another_client_is_refused_and_dead(site, anna, party):
    other = site.client("other").pretending(party)
    code = party.code(site.signed_in(anna))
    refused(other.redeem(code))
    refused(party.redeem(code))


def test_O1_the_redirect_uri_has_to_be_the_same(site, anna, party):
    code = party.code(site.signed_in(anna))
    refused(party.redeem(code, redirect_uri=CALLBACK + "/"))
    refused(party.redeem(code))


def test_O1_the_redirect_uri_cannot_be_left_out(site, anna, party):
    refused(party.redeem(party.code(site.signed_in(anna)), redirect_uri=None))


@pytest.mark.parametrize("verifier", [WRONG, "short", None, ""])
def test_O1_O4_without_its_verifier_a_code_is_worth_nothing(site, anna, party, verifier):
    code = party.code(site.signed_in(anna))
    answer = party.redeem(code, code_verifier=verifier)
    assert answer.status == 400
    assert "access_token" not in answer.text
    refused(party.redeem(code))


def test_O1_a_code_lives_a_minute(site, anna, party):
    browser = site.signed_in(anna)
    in_time, late = party.code(browser), party.code(browser)
    site.place.later(seconds=59)
    assert party.redeem(in_time).status == 200
    site.place.later(seconds=1)
    refused(party.redeem(late))


def test_F54_a_code_that_is_cut_or_extended_is_refused(site, anna, party):
    code = party.code(site.signed_in(anna))
    for spelt in (code[:-1], code + "=", code + "A", code.swapcase(), " " + code):
        refused(party.redeem(spelt))
    assert party.redeem(code).status == 200


def test_a_code_of_a_session_that_has_ended_is_refused(site, anna, party):
    browser = site.signed_in(anna)
    code = party.code(browser)
    site.end(anna, browser)
    refused(party.redeem(code))


def test_the_token_endpoint_tells_the_authentication_of_the_code_whatever_the_session_became(
    site, anna, party
):
    from idp.domain.assurance import Method, Proof
    from idp.domain.handles import digest, new_handle
    from tests.oidc.site import payload_of

    browser = site.signed_in(anna, Method.PASSWORD)
    code = party.code(browser)
    site.place.later(seconds=5)
    proofs = (Proof(Method.PASSWORD, site.place.now), Proof(Method.TOTP, site.place.now))
    with site.place.database.write() as uow:
        assert uow.sessions.raise_to(browser.session_id, proofs, digest(new_handle()), site.place.now)

    claims = payload_of(party.redeem(code).json()["id_token"])

    assert claims["acr"] == "https://refeds.org/profile/sfa"
    assert claims["amr"] == ["pwd"]
    assert claims["auth_time"] == int(site.place.now.timestamp()) - 5


def test_O1_N1_of_many_threads_one_redeems_a_code(site, anna, party):
    code = party.code(site.signed_in(anna))
    answers = in_threads(20, lambda _: party.redeem(code))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 19


def test_O1_N1_of_many_processes_one_redeems_a_code(site, anna, party):
    code = party.code(site.signed_in(anna))
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": party.verifier,
    }
    statuses = in_processes(site, "/oauth2/token", [(fields, party.basic())] * 3)
    assert sorted(statuses) == [200, 400, 400]
