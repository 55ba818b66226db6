"""Sign-ins are counted by outcome and method when they are committed, and nobody's name is in it."""

from collections import Counter
from datetime import timedelta

import pytest

from idp.domain.audit import record
from idp.domain.events import SignInRefused
from idp.domain.process_counts import JobTally
from tests.support.place import START, TOWN_HALL
from tests.support.visit import Visit

PASSWORD = "correct horse battery"


def counts(place) -> Counter[tuple[str, str]]:
    return Counter({(kind.outcome, kind.method): n for kind, n in place.database.tally.counts().items()})


def test_sign_ins_and_refused_tries_are_counted_by_what_was_proved_or_tried(place):
    intranet = place.application("intranet")
    authenticator = place.authenticator(place.account("anna", password=PASSWORD))
    visit = Visit(place)
    visit.begin(intranet)
    visit.password("anna", "wrong")
    visit.password("nobody at all", "wrong")
    assert counts(place) == {("refused", "password"): 2}
    visit.password("anna", PASSWORD)
    assert counts(place) == {("refused", "password"): 2}, "a step is no sign-in yet"
    visit.code("000000" if place.code(authenticator) != "000000" else "111111")
    visit.code(place.code(authenticator))
    near = Visit(place, TOWN_HALL)
    near.begin(intranet)
    near.password("anna", PASSWORD)
    place.directory.away = True
    near.begin(intranet, fresh_since=place.now)
    near.password("anna", PASSWORD)
    assert counts(place) == {
        ("refused", "password"): 2,
        ("refused", "totp"): 1,
        ("succeeded", "password+totp"): 1,
        ("succeeded", "password"): 1,
        ("unavailable", "password"): 1,
    }


def test_a_flood_is_counted_whole_though_it_leaves_one_record(place):
    place.account("anna", password=PASSWORD)
    visit = Visit(place)
    visit.begin(place.application("intranet"))
    for _ in range(40):
        visit.password("anna", "wrong")
    seen = counts(place)
    assert sum(seen.values()) == 40
    assert seen["throttled", "password"] > 1


def _recorded_by_what_fails(place, event) -> None:
    with place.database.write() as uow:
        record(uow.audit, event, place.occasion())
        raise ZeroDivisionError


def test_what_is_rolled_back_is_not_counted(place):
    refused = SignInRefused(reason="wrong_password", method="password")
    with place.database.write() as uow:
        record(uow.audit, refused, place.occasion())
        assert counts(place) == {}, "not before it is committed"
    with pytest.raises(ZeroDivisionError):
        _recorded_by_what_fails(place, refused)
    assert counts(place) == {("refused", "password"): 1}


def test_a_jobs_turns_tell_the_last_one_and_the_last_that_went_well():
    tally = JobTally()
    tally.ended("forget", START, timedelta(seconds=2), failed=False)
    tally.ended("forget", START + timedelta(minutes=5), timedelta(seconds=1), failed=True)
    one = tally.turns()["forget"]
    assert (one.done, one.failed, one.took) == (1, 1, timedelta(seconds=1))
    assert one.ended_at == START + timedelta(minutes=5)
    assert one.succeeded_at == START
