"""A directory that does not answer, over RADIUS: what policy lets people do, and what stays closed (S16, R8)."""

from dataclasses import replace
from datetime import timedelta

import pytest

import mfa
from idp.domain.application import Audience, Policy
from idp.radius.credentials import Form
from idp.radius.packet import Code, Type
from tests.radius.conftest import PASSWORD
from tests.support.nas import ANYBODY_WITH_ONE, SECRET, RawNas, connect_nas, port_of, serving

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OPEN = Policy(Audience(everyone=True), open_without_directory=True)
CLOSED = Policy(Audience(everyone=True))
NAMES = {"open": OPEN, "closed": CLOSED, "door": ANYBODY_WITH_ONE}


@pytest.fixture
def ask(place, anna):
    """Three systems behind one address; Anna has signed in once while the directory was there. Then it goes."""
    place.signin = replace(place.signin, remember_for=timedelta(days=3))
    for number, (name, policy) in enumerate(NAMES.items()):
        form = Form.CODE if name == "door" else Form.CHALLENGE
        connect_nas(place, name, policy, SECRET[number:] + "0" * number, form=form, nas_identifier=name)
    with serving(place) as server:

        def asked(name: str, typed: str, *more: tuple[int, bytes], login: str = "anna"):
            number = list(NAMES).index(name)
            with RawNas(port_of(server), secret=(SECRET[number:] + "0" * number).encode()) as nas:
                return nas.ask(nas.request(login, typed, (int(Type.NAS_IDENTIFIER), name.encode()), *more))

        first = asked("open", PASSWORD)
        state = (int(Type.STATE), first.first(Type.STATE))
        assert asked("open", place.code(anna[1]), state).code is Code.ACCESS_ACCEPT
        place.later(minutes=1)
        place.directory.away = True
        yield asked


def test_S16_who_was_there_lately_works_on_where_policy_says(place, anna, ask):
    first = ask("open", PASSWORD)
    assert first.code is Code.ACCESS_CHALLENGE
    assert (
        ask("open", place.code(anna[1]), (int(Type.STATE), first.first(Type.STATE))).code
        is Code.ACCESS_ACCEPT
    )
    place.later(days=4)
    gone = ask("open", PASSWORD)
    assert (gone.code, gone.first(Type.REPLY_MESSAGE)) == (
        Code.ACCESS_REJECT,
        b"Sign-in is not possible just now. Try again in a few minutes.",
    )


def test_S16_a_recovery_code_does_in_place_of_the_phone(place, anna, ask):
    with place.database.write() as uow:
        code = mfa.generate_recovery_codes(uow.factors, anna[0].id, place.now).codes[0]
    first = ask("open", PASSWORD)
    assert ask("open", code, (int(Type.STATE), first.first(Type.STATE))).code is Code.ACCESS_ACCEPT


def test_S16_every_other_system_stays_closed_and_says_why(place, anna, ask):
    refused = ask("closed", PASSWORD)
    assert refused.code is Code.ACCESS_REJECT
    assert b"directory" in refused.first(Type.REPLY_MESSAGE)
    assert ask("open", "a wrong password").code is Code.ACCESS_REJECT
    place.account("bo", password=PASSWORD)
    assert ask("open", PASSWORD, login="bo").code is Code.ACCESS_REJECT


def test_a_code_alone_needs_no_directory(place, anna, ask):
    assert ask("door", place.code(anna[1])).code is Code.ACCESS_ACCEPT
