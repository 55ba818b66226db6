"""Access-Requests from radclient, through the server, to the same decision as on the web."""

import pyotp
import pytest

import mfa
from idp.radius.credentials import Form
from idp.radius.packet import Code, Type
from mfa import token_stock
from mfa.one_time_passwords import base32
from tests.radius.conftest import PASSWORD
from tests.support.nas import ANYBODY_WITH_ONE, RawNas, connect_nas, login, port_of, radclient, serving


@pytest.fixture
def vpn(place, anna):
    """A VPN where password and code are typed in one field."""
    return connect_nas(place, form=Form.APPENDED)


def test_password_and_code_in_one_field_let_a_person_in(place, anna, vpn):
    _, app = anna
    with serving(place) as server:
        ran = radclient(port_of(server), *login("anna", PASSWORD + place.code(app)))
    assert ran.kind == "Access-Accept", ran.text
    first = ran.text.partition("Received ")[2].splitlines()[1]
    assert first.strip().startswith("Message-Authenticator")
    kinds = [kind for kind, _, _ in place.audit()]
    assert kinds.count("signin.succeeded") == 1
    assert kinds.count("access.decided") == 1


def test_F10_S10_a_password_alone_is_refused(place, anna, vpn):
    with serving(place) as server:
        for typed in (PASSWORD, "wrong 123456", "123456", PASSWORD + "12345"):
            ran = radclient(port_of(server), *login("anna", typed))
            assert ran.kind == "Access-Reject", ran.text
    assert "signin.succeeded" not in [kind for kind, _, _ in place.audit()]


def test_a_wrong_code_after_the_right_password_is_said_in_words(place, anna, vpn):
    with serving(place) as server:
        ran = radclient(port_of(server), *login("anna", PASSWORD + "000000"))
    assert (ran.kind, ran.one("Reply-Message")) == ("Access-Reject", "The code is wrong.")


def test_S9_before_a_first_factor_everybody_reads_the_same(place, anna, vpn):
    with serving(place) as server:
        said = {
            radclient(port_of(server), *login(name, "nonsense 123456")).one("Reply-Message")
            for name in ("anna", "nobody", "x" * 200)
        }
    assert said == {"Sign-in failed. Check name, password and code."}


def test_policy_decides_how_much_is_asked(place, anna):
    connect_nas(place, policy=ANYBODY_WITH_ONE)
    with serving(place) as server:
        ran = radclient(port_of(server), *login("anna", PASSWORD))
    assert ran.kind == "Access-Accept", ran.text


SEED = b"12345678901234567890"


def button(place, account, serial):
    """Hand out a token whose codes have eight digits; return what computes them."""
    seed = mfa.Seed(serial=serial, kind=mfa.FactorKind.HOTP, secret=SEED, digits=mfa.Digits.EIGHT)
    with place.database.write() as uow:
        token_stock.take_in(uow.factors, [seed], place.now)
        token_stock.hand_out(uow.factors, serial, account.id, place.now)
    return pyotp.HOTP(base32(SEED), digits=8)


def test_R6_the_code_at_the_end_is_as_long_as_this_persons_codes_are(place, anna, vpn):
    account, app = anna
    password = "one that ends in 12"
    place.directory.passwords["anna"] = password
    of_bo = button(place, place.account("bo", password=password), "B-1")
    of_anna = button(place, account, "B-2")
    with serving(place) as server, RawNas(port_of(server)) as nas:
        assert nas.ask(nas.request("bo", password + of_bo.at(0))).code == Code.ACCESS_ACCEPT
        # Anna has an app and a button: each does.
        assert nas.ask(nas.request("anna", password + place.code(app))).code == Code.ACCESS_ACCEPT
        assert nas.ask(nas.request("anna", password + of_anna.at(0))).code == Code.ACCESS_ACCEPT
        # A code of hers that was used up is one all the same, not the end of a password.
        assert nas.ask(nas.request("anna", password + place.code(app))).first(Type.REPLY_MESSAGE) == (
            b"The code has been used already. Wait for the next one."
        )
