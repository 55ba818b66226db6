"""What an authorization request may say, and where its answer may go: O2 to O5, O14, O16."""

from dataclasses import replace
from urllib.parse import quote, urlsplit

import pytest

from idp.oidc.clients import AuthMethod
from tests.oidc.site import CALLBACK, REGISTRATION, Browser

NATIVE = replace(
    REGISTRATION,
    redirect_uris=("http://127.0.0.1:4711/callback", "se.ekvik.app:/callback"),
    token_endpoint_auth_method=AuthMethod.NONE,
)


def shown_here(answer):
    """The refusal is a page of ours and leads nowhere."""
    assert answer.status == 400, answer.location
    assert not answer.location
    assert "Reference number" in answer.text


def told_to_client(answer, error):
    assert answer.location.startswith(CALLBACK + "?"), answer.text
    assert answer.query["error"] == error
    assert "code" not in answer.query


@pytest.mark.parametrize(
    "uri",
    [
        "https://intranet.example.evil/callback",
        "https://evil.example/callback",
        "https://intranet.example@evil.example/callback",
        "https://intranet.example/callback/",
        "https://intranet.example/callback?added=1",
        "https://intranet.example/callback#fragment",
        "https://intranet.example/Callback",
        "https://INTRANET.example/callback",
        "https://intranet.example:443/callback",
        "https://intranet.example:8443/callback",
        "https://intranet.example/x/../callback",
        "https://intranet.example/%63allback",
        "https://intranet.example\\@evil.example/callback",
        "https://intranet.example/callback%2f..",
        "http://intranet.example/callback",
        "https://[::1]/callback",
        "javascript:alert(1)",
        "//intranet.example/callback",
        " https://intranet.example/callback",
        "",
    ],
)
@pytest.mark.parametrize("mode", [None, "form_post"])
def test_O2_O3_F40_a_redirect_uri_matches_letter_for_letter_or_nothing_is_redirected(
    site, anna, party, uri, mode
):
    shown_here(site.signed_in(anna).get(party.authorization(redirect_uri=uri, response_mode=mode)))


def test_O2_a_missing_redirect_uri_is_not_guessed(site, anna, party):
    shown_here(site.signed_in(anna).get(party.authorization(redirect_uri=None)))


@pytest.mark.parametrize(
    ("uri", "accepted"),
    [
        ("http://127.0.0.1:4711/callback", True),
        ("http://127.0.0.1:50123/callback", True),
        ("http://127.0.0.1/callback", False),
        ("http://127.0.0.1:50123/other", False),
        ("http://127.0.0.1:50123/callback?x=1", False),
        ("http://127.0.0.2:50123/callback", False),
        ("http://localhost:50123/callback", False),
        ("https://127.0.0.1:50123/callback", False),
        ("http://127.0.0.1:50123@evil.example/callback", False),
        ("http://127.0.0.1:050123/callback", False),
        ("se.ekvik.app:/callback", True),
        ("se.ekvik.app:/callback2", False),
    ],
)
def test_O2_only_a_native_applications_port_is_free(site, anna, uri, accepted):
    party = site.client("native", registration=NATIVE)
    answer = site.signed_in(anna).get(party.authorization(redirect_uri=uri))
    if accepted:
        assert answer.status == 303  # to the consent page, which O19 asks for
    else:
        shown_here(answer)


def test_O2_a_confidential_clients_loopback_port_is_not_free(site, anna):
    registration = replace(REGISTRATION, redirect_uris=("http://127.0.0.1:4711/callback",))
    party = site.client("web", registration=registration)
    shown_here(site.signed_in(anna).get(party.authorization(redirect_uri="http://127.0.0.1:4712/callback")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"response_type": "token"},
        {"scope": "nothing"},
        {"prompt": "none"},
        {"prompt": "none login"},
        {"request": "x"},
        {"code_challenge": None},
        {"response_mode": "fragment"},
    ],
)
@pytest.mark.parametrize("unproven", [{"client_id": "nobody"}, {"redirect_uri": "https://evil.example/"}])
def test_O3_F41_errors_are_redirected_only_to_what_is_proven(site, party, wrong, unproven):
    answer = Browser(site.issuer).get(party.authorization(**(wrong | unproven)))
    shown_here(answer)


def test_O3_a_disabled_client_is_unknown(site, anna, party):
    site.enable(party, enabled=False)
    shown_here(site.signed_in(anna).get(party.authorization()))


@pytest.mark.parametrize(
    "pkce",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
        {"code_challenge": "short"},
        {"code_challenge": "x" * 44},
        {"code_challenge": ""},
    ],
)
def test_O4_F37_pkce_with_s256_is_demanded_of_every_client(site, anna, party, pkce):
    told_to_client(site.signed_in(anna).get(party.authorization(**pkce)), "invalid_request")


def test_O4_an_exempt_client_may_leave_pkce_out_but_not_half_of_it(site, anna):
    party = site.client("old", registration=replace(REGISTRATION, pkce_exempt=True))
    browser = site.signed_in(anna)
    without = {"code_challenge": None, "code_challenge_method": None}
    assert party.redeem(party.code(browser, **without), code_verifier=None).status == 200
    # No verifier without a challenge (RFC 9700 §4.8.2).
    assert party.redeem(party.code(browser, **without)).status == 400
    # What it began with PKCE it has to end with it: no downgrade.
    assert party.redeem(party.code(browser), code_verifier=None).status == 400
    told_to_client(browser.get(party.authorization(code_challenge_method="plain")), "invalid_request")


def test_O4_the_exemption_of_a_public_client_counts_for_nothing(site, anna):
    registration = replace(REGISTRATION, pkce_exempt=True, token_endpoint_auth_method=AuthMethod.NONE)
    party = site.client("spa", registration=registration)
    without = {"code_challenge": None, "code_challenge_method": None}
    told_to_client(site.signed_in(anna).get(party.authorization(**without)), "invalid_request")


def test_O5_the_answer_names_its_issuer_also_when_it_is_an_error(site, anna, party):
    browser = site.signed_in(anna)
    assert browser.get(party.authorization()).query["iss"] == site.issuer
    error = browser.get(party.authorization(scope="nothing"))
    assert error.query["iss"] == site.issuer
    assert error.query["state"] == "a state"


@pytest.mark.parametrize(
    "name",
    [
        "state",
        "scope",
        "prompt",
        "code_challenge",
        "nonce",
        "response_type",
        "response_mode",
        "max_age",
        "unknown",
    ],
)
def test_O14_F40_a_parameter_that_is_given_twice_is_refused(site, anna, party, name):
    path = party.authorization(prompt="login", max_age="10", response_mode="query", unknown="x")
    answer = site.signed_in(anna).get(f"{path}&{name}=other")
    assert answer.query.get("error") == "invalid_request"


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_O14_a_doubled_client_or_redirect_uri_is_shown_here(site, anna, party, name):
    value = party.client_id if name == "client_id" else CALLBACK
    shown_here(site.signed_in(anna).get(f"{party.authorization()}&{name}={quote(value, safe='')}"))


def test_O14_a_doubled_parameter_at_the_token_endpoint_is_refused(site, anna, party):
    import httpx

    code = party.code(site.signed_in(anna))
    body = (
        f"grant_type=authorization_code&code={code}&code={code}&code_verifier={party.verifier}"
        f"&redirect_uri={quote(CALLBACK, safe='')}"
    )
    headers = {"authorization": party.basic(), "content-type": "application/x-www-form-urlencoded"}
    answer = httpx.post(site.issuer + "/oauth2/token", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    "kind", ["token", "id_token", "id_token token", "code token", "code id_token", "none", "CODE", ""]
)
def test_O16_there_is_no_other_flow_than_the_code_flow(site, anna, party, kind):
    told_to_client(
        site.signed_in(anna).get(party.authorization(response_type=kind)), "unsupported_response_type"
    )


@pytest.mark.parametrize(
    "grant", ["password", "implicit", "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer", ""]
)
def test_O16_there_are_no_other_grants(site, anna, party, grant):
    answer = party.post("/oauth2/token", grant_type=grant, username="anna", password="correct horse battery")
    assert answer.status == 400
    assert answer.json()["error"] == "unsupported_grant_type"


@pytest.mark.parametrize(
    ("parameter", "error"),
    [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ],
)
def test_F52_nothing_is_taken_by_reference(site, anna, party, parameter, error):
    answer = site.signed_in(anna).get(party.authorization(**{parameter: "http://127.0.0.1:1/"}))
    told_to_client(answer, error)


def test_a_request_may_be_posted(site, anna, party):
    browser = site.signed_in(anna)
    query = urlsplit(party.authorization()).query
    fields = dict(pair.split("=", 1) for pair in query.split("&"))
    from urllib.parse import unquote_plus

    answer = browser.post("/oauth2/authorize", {name: unquote_plus(value) for name, value in fields.items()})
    assert answer.status == 303
    assert "code" in browser.get(answer.location).query


def test_the_answer_may_be_a_form(site, anna, party):
    browser = site.signed_in(anna)
    page = browser.get(party.authorization(response_mode="form_post", state='a "state"'))
    from tests.oidc.site import Forms

    form = Forms.read(page.text)[-1]
    assert page.status == 200
    assert form.action == CALLBACK
    assert form.fields["state"] == 'a "state"'
    assert form.fields["iss"] == site.issuer
    assert party.redeem(form.fields["code"]).status == 200
    assert "form-action 'self' https://intranet.example;" in page.headers["content-security-policy"]


def test_a_redirect_uris_own_query_stays_as_it_is_spelt(site, anna):
    uri = "https://intranet.example/callback?tenant=a%2Fb+c"
    party = site.client("tenant", registration=replace(REGISTRATION, redirect_uris=(uri,)))
    answer = site.signed_in(anna).get(party.authorization())
    assert answer.location.startswith(uri + "&code=")


def test_A1_a_refused_request_leaves_one_record_with_its_reference(site, anna, party):
    browser = site.signed_in(anna, address="198.51.100.7")
    answer = browser.get(party.authorization(redirect_uri="https://evil.example/"))
    browser.get(party.authorization(redirect_uri="https://evil.example/"))  # counted, not recorded again
    records = site.records("request.refused")
    assert [reason for reason, _ in records] == ["redirect_uri_not_registered"]
    assert answer.headers["portvakt-reference"] in answer.text
