"""The verification API: who may ask, about whom, with which counters; every no is one no (S1, S4, S6, S9, B7, K1)."""

import json
from dataclasses import replace
from ipaddress import ip_network
from statistics import median

import pytest

import mfa
from idp.domain import accounts as acts
from idp.domain import hardware_tokens
from idp.domain.application import Audience
from idp.domain.assurance import Assurance
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.outcomes import Completed
from idp.domain.signin import start, submit_factor, submit_password
from idp.verification.asking_systems import AskingSettings, Kind
from idp.verification.store import write_secrets
from mfa import FactorKind
from tests.support.place import TOWN_HALL, a_browser
from tests.support.tokens import counter_seed, hand_over
from tests.verification.conftest import STAFF

PASSWORD = "correct horse battery"
ALL_KINDS = AskingSettings(kinds=tuple(Kind))


def events(site):
    return [
        (reason, payload["details"])
        for kind, reason, payload in site.place.audit()
        if kind == "verification.answered"
    ]


def told(response):
    body = response.json()
    body.pop("reference")
    return response.status_code, body


REFUSED = (200, {"accepted": False})


def test_a_right_code_is_accepted_once_and_recorded(site):
    account = site.place.account("anna", password=PASSWORD)
    app, mainframe = site.place.authenticator(account), site.system()
    code = site.place.code(app)
    yes = mainframe.ask(" ANNA ", f"{code[:3]} {code[3:]}")
    assert told(yes) == (200, {"accepted": True, "subject": account.id, "login": "anna", "method": "totp"})
    assert yes.headers["cache-control"] == "no-store"
    assert "set-cookie" not in yes.headers
    assert told(mainframe.ask("anna", code)) == REFUSED
    assert [(reason, details["outcome"], details["method"]) for reason, details in events(site)] == [
        ("", "accepted", "totp"),
        ("replayed", "refused", "one_time_password"),
    ]
    assert events(site)[0][1]["decision"]
    assert code not in str(site.place.audit())
    with site.place.database.read() as uow:
        sql = "SELECT DISTINCT actor_kind, actor FROM audit_records WHERE type = 'verification.answered'"
        assert uow.connection.exec_driver_sql(sql).all() == [("client", "mainframe")]


def test_the_codes_of_password_generators_are_asked_about_like_any(site):
    account = site.place.account("anna")
    button, mainframe = hand_over(site.place, account, counter_seed()), site.system()
    assert mainframe.ask("anna", button.press(3)).json()["method"] == "hotp"


def test_S1_a_code_that_opened_the_mainframe_opens_no_page_and_the_other_way_round(site):
    account = site.place.account("anna", password=PASSWORD)
    app, mainframe = site.place.authenticator(account), site.system()
    intranet = site.place.application("intranet")

    def at_the_page(code):
        browser, place = a_browser(), site.place
        with place.database.write() as uow:
            handle = start(uow, AuthenticationRequirement(intranet), "/", browser, None, place.occasion())
        submit_password(place.signin, handle, browser, "anna", PASSWORD, place.occasion())
        done = submit_factor(place.signin, handle, browser, FactorKind.TOTP, code, place.occasion())
        return isinstance(done, Completed)

    first = site.place.code(app)
    assert mainframe.ask("anna", first).json()["accepted"]
    assert not at_the_page(first)
    site.place.later(minutes=2)
    second = site.place.code(app)
    assert at_the_page(second)
    assert told(mainframe.ask("anna", second)) == REFUSED


def test_S6_tries_here_and_on_the_pages_are_one_counter(site):
    account = site.place.account("anna", password=PASSWORD)
    app, mainframe = site.place.authenticator(account), site.system()
    for spelling in ("anna", "ANNA", " anna", "ａｎｎａ", "anna"):
        assert told(mainframe.ask(spelling, "000000")) == REFUSED
    assert told(mainframe.ask("anna", site.place.code(app))) == REFUSED
    with site.place.database.read() as uow:
        (lock,) = mfa.locks(uow.factors, mfa.throttle_key(account.id), site.place.now)
    assert lock.kind is FactorKind.TOTP
    assert events(site)[-1][0] == "throttled"
    site.place.later(minutes=2)
    assert mainframe.ask("anna", site.place.code(app)).json()["accepted"]


def test_S9_every_no_is_one_no(site):
    """Unknown, known, outside the audience, disabled, without a factor, locked, malformed: one answer."""
    place, mainframe = site.place, site.system()
    known = place.account("anna")
    place.authenticator(known)
    stranger = place.account("bo", member_of=())
    stranger_app = place.authenticator(stranger)
    disabled = place.account("cia")
    disabled_app = place.authenticator(disabled)
    with place.database.write() as uow:
        assert acts.disable(uow, disabled.id, "left", place.occasion(), by="command")
    locked = place.account("dan")
    locked_app = place.authenticator(locked)
    for _ in range(5):
        mainframe.ask("dan", "000000")
    place.account("eva")
    answers = [
        mainframe.ask("anna", "000000"),
        mainframe.ask("nobody", "000000"),
        mainframe.ask("bo", place.code(stranger_app)),
        mainframe.ask("cia", place.code(disabled_app)),
        mainframe.ask("dan", place.code(locked_app)),
        mainframe.ask("eva", "000000"),
        mainframe.ask("anna", "hello"),
    ]
    assert {str(told(answer)) for answer in answers} == {str(REFUSED)}
    assert len({str(sorted(answer.headers)) for answer in answers}) == 1
    assert {reason for reason, _ in events(site)} == {
        "wrong", "unknown_name", "not_in_audience", "account_disabled", "throttled", "none_enrolled", "malformed",
    }  # fmt: skip


def test_S9_every_no_leaves_on_the_beat(site):
    import time

    place, mainframe = site.place, site.system()
    place.authenticator(place.account("anna"))

    def seconds(login):
        began = time.monotonic()
        assert told(mainframe.ask(login, "000000")) == REFUSED
        return time.monotonic() - began

    times = {login: [seconds(login) for _ in range(3)] for login in ("anna", "nobody")}
    for taken in times.values():
        assert median(taken) % 0.4 < 0.2, "it leaves just after a beat, not before"
        assert median(taken) > 0.3


def test_a_code_that_may_not_be_asked_about_is_not_used_up(site):
    place = site.place
    account = place.account("bo", member_of=("finance",))
    app, mainframe = place.authenticator(account), site.system()
    finance = site.system("finance", replace(STAFF, audience=Audience(groups=frozenset({"finance"}))))
    code = place.code(app)
    assert told(mainframe.ask("bo", code)) == REFUSED
    assert finance.ask("bo", code).json()["accepted"]


def test_the_policy_decides_where_the_person_is_and_how_strong(site):
    place = site.place
    app = place.authenticator(place.account("anna"))
    inside = site.system("inside", replace(STAFF, networks=frozenset({"townhall"})))
    assert told(inside.ask("anna", place.code(app))) == REFUSED
    assert told(inside.ask("anna", place.code(app), address=TOWN_HALL))[1]["accepted"]
    place.later(minutes=2)
    assert inside.ask("anna", place.code(app), address="198.51.100.7").json()["accepted"] is False
    resistant = site.system("resistant", replace(STAFF, assurance=Assurance.PHISHING_RESISTANT))
    assert told(resistant.ask("anna", place.code(app))) == REFUSED


def test_the_persons_address_can_be_told_by_the_asking_system(site):
    place = site.place
    app = place.authenticator(place.account("anna"))
    inside = site.system("inside", replace(STAFF, networks=frozenset({"townhall"})))
    body = {"login": "anna", "code": place.code(app), "address": TOWN_HALL}
    assert inside.send(json.dumps(body)).json()["accepted"]


def test_only_kinds_that_are_allowed_are_asked_about(site):
    place = site.place
    account = place.account("anna")
    with place.database.write() as uow:
        from datetime import timedelta

        issued = acts.issue_temporary_code(uow, account.id, timedelta(hours=1), 1, place.occasion())
    narrow, wide = site.system("narrow"), site.system("wide", settings=ALL_KINDS)
    refused = narrow.ask("anna", issued.code, kind="temporary_code")
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    assert wide.ask("anna", issued.code, kind="temporary_code").json()["method"] == "temporary_code"


class TestWhoAsks:
    def test_a_wrong_name_or_secret_or_none_is_one_refusal(self, site):
        mainframe = site.system()
        other = site.system("other")
        stolen = replace(mainframe, secret=other.secret)
        answers = [
            replace(mainframe, secret="x" * 43).ask("anna", "000000"),
            replace(mainframe, name="nobody").ask("anna", "000000"),
            stolen.ask("anna", "000000"),
            site.post('{"login": "a", "code": "1"}', "198.51.100.7", {"content-type": "application/json"}),
            mainframe.send('{"login": "a", "code": "1"}', authorization="Basic !!!"),
            mainframe.send('{"login": "a", "code": "1"}', authorization="Bearer " + mainframe.secret),
        ]
        assert {answer.status_code for answer in answers} == {401}
        assert len({str(told(answer)) for answer in answers}) == 1
        assert all(answer.headers["www-authenticate"].startswith("Basic ") for answer in answers)
        assert mainframe.secret not in str(site.place.audit())

    def test_two_secrets_are_valid_while_one_is_being_changed(self, site):
        site.place.authenticator(site.place.account("anna"))
        old = site.system()
        new = replace(old, secret="n" * 20 + old.secret[::-1])
        with site.place.database.write() as uow:
            write_secrets(uow, old.application_id, new.secret, old.secret)
        assert [told(one.ask("anna", "000000")) for one in (old, new)] == [REFUSED, REFUSED]
        with site.place.database.write() as uow:
            write_secrets(uow, old.application_id, new.secret, None)
        assert old.ask("anna", "000000").status_code == 401
        assert told(new.ask("anna", "000000")) == REFUSED

    def test_it_asks_from_its_own_networks_only(self, site):
        settings = AskingSettings(networks=(ip_network("192.0.2.0/28"),))
        mainframe = site.system(settings=settings)
        assert mainframe.ask("anna", "000000", address="192.0.2.16").status_code == 401
        assert told(mainframe.ask("anna", "000000", address="192.0.2.15")) == REFUSED

    def test_a_system_that_is_switched_off_is_unknown(self, site):
        mainframe = site.system()
        with site.place.database.write() as uow:
            from idp.storage.catalogue import bump
            from idp.storage.tables import applications

            uow.connection.execute(applications.update().values(enabled=False))
            bump(uow.connection)
        assert mainframe.ask("anna", "000000").status_code == 401

    def test_K1_no_secret_is_readable_in_the_database(self, site):
        mainframe = site.system()
        with site.place.database.read() as uow:
            rows = uow.connection.exec_driver_sql("SELECT * FROM verification_systems").all()
        assert mainframe.secret not in str(rows)

    def test_one_system_cannot_guess_at_everybody(self, site):
        """Beyond the counters of the persons: a hundred wrong answers and it has to wait itself."""
        mainframe, place = site.system(), site.place
        with place.database.write() as uow:
            for _ in range(100):
                mfa.reserve(
                    uow.factors,
                    f"application:{mainframe.application_id}",
                    FactorKind.TOTP,
                    mfa.NETWORK_LIMITS,
                    place.now,
                )
        waits = mainframe.ask("anna", "000000")
        assert waits.status_code == 429
        assert int(waits.headers["retry-after"]) > 0
        assert told(site.system("other").ask("anna", "000000")) == REFUSED


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("{", {}),
        ("[]", {}),
        ("null", {}),
        ("{}", {}),
        ('{"login": "anna"}', {}),
        ('{"login": "anna", "code": 123456}', {}),
        ('{"login": "anna", "code": ""}', {}),
        ('{"login": "anna", "code": "1", "extra": "1"}', {}),
        ('{"login": "anna", "login": "bo", "code": "1"}', {}),
        ('{"login": "anna", "code": "1", "kind": "password"}', {}),
        ('{"login": "anna", "code": "1", "address": "here"}', {}),
        (json.dumps({"login": "a" * 321, "code": "1"}), {}),
        ("[" * 5000, {}),
        (b"\xff\xfe", {}),
        ('{"login": "anna", "code": "1"}', {"content_type": "text/plain"}),
        ("login=anna&code=1", {"content_type": "application/x-www-form-urlencoded"}),
    ],
)
def test_what_is_no_question_is_refused_before_anything_is_counted(site, body, headers):
    mainframe = site.system()
    refused = mainframe.send(body, **headers)
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
    assert events(site) == []


def test_B7_no_other_origin_reads_an_answer(site):
    mainframe = site.system()
    answer = mainframe.send('{"login": "anna", "code": "1"}', origin="https://evil.example")
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_lost_token_is_no_longer_right(site):
    account = site.place.account("anna")
    button, mainframe = hand_over(site.place, account, counter_seed()), site.system()
    with site.place.database.write() as uow:
        hardware_tokens.report_lost(uow, "FTK-0001", "", site.place.occasion())
    assert told(mainframe.ask("anna", button.press())) == REFUSED
