"""Statements R1–R9 and their neighbours, tried over real sockets, on both databases."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ipaddress import ip_network

import pytest
from sqlalchemy import text

from idp.domain import accounts as acts
from idp.domain.application import Audience, Policy
from idp.domain.assurance import Assurance
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.errors import ConfigurationError
from idp.domain.outcomes import Completed, Problem, Show
from idp.domain.password import Unreachable
from idp.domain.signin import start, submit_factor, submit_password
from idp.radius.configuration import NasExtension
from idp.radius.credentials import Form
from idp.radius.nas import Signing
from idp.radius.packet import Code, Type
from idp.radius.store.access_servers import read_one, write_secrets
from mfa import FactorKind
from tests.radius.conftest import PASSWORD
from tests.support.nas import (
    LOOPBACK,
    SECRET,
    RawNas,
    connect_nas,
    port_of,
    serving,
    wait_for,
)
from tests.support.place import a_browser

SILENCE = 0.6
"""Longer than any answer that is not given takes: those that are given leave on a beat of 0.4 s."""

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what touches no rows that are written in races."""


@pytest.fixture
def vpn(place, anna):
    return connect_nas(place, form=Form.APPENDED)


@pytest.fixture
def server(place, vpn):
    with serving(place) as running:
        yield running


@pytest.fixture
def nas(server):
    with RawNas(port_of(server)) as made:
        yield made


def accepted(place) -> int:
    return [kind for kind, _, _ in place.audit()].count("signin.succeeded")


def good(place, anna, nas, **more) -> bytes:
    return nas.request("anna", PASSWORD + place.code(anna[1]), **more)


def on_the_web(place, name, password):
    """A browser on the pages' use cases: returns what a code leads to."""
    browser = a_browser()
    with place.database.write() as uow:
        handle = start(
            uow,
            AuthenticationRequirement(assurance=Assurance.TWO_FACTORS),
            "/",
            browser,
            None,
            place.occasion(),
        )
    outcome = submit_password(place.signin, handle, browser, name, password, place.occasion())

    def code(typed):
        return submit_factor(place.signin, handle, browser, FactorKind.TOTP, typed, place.occasion())

    return outcome, code


# --- R1, F72 ---------------------------------------------------------------------------------------------


@on_sqlite
def test_R1_F72_what_is_no_packet_gets_silence_is_counted_and_the_next_is_served(place, anna, server, nas):
    right = good(place, anna, nas)
    wrong = [
        b"", b"\x01", right[:30], right[:20], bytes((77,)) + right[1:],
        right[:2] + (4096).to_bytes(2, "big") + right[4:],
        right[:20] + b"\x01\x00" + right[22:],
        bytes((Code.ACCESS_ACCEPT,)) + right[1:],
        bytes((Code.ACCOUNTING_REQUEST,)) + right[1:],
        right[:40] + bytes((right[40] ^ 1,)) + right[41:],
    ]  # fmt: skip
    for datagram in wrong:
        nas.send(datagram)
    assert nas.receive(SILENCE) is None
    wait_for(lambda: server.counters.dropped.total() >= len(wrong) - 1)  # an empty datagram may not arrive
    assert nas.ask(right).code is Code.ACCESS_ACCEPT
    wait_for(lambda: "request.refused" in [kind for kind, _, _ in place.audit()])
    assert "signin.refused" not in [kind for kind, _, _ in place.audit()]


@on_sqlite
def test_R1_an_unknown_source_and_a_wrong_secret_get_silence(place, anna):
    connect_nas(place, form=Form.APPENDED, networks=(ip_network("192.0.2.1/32"),))
    with serving(place) as server, RawNas(port_of(server)) as nas:
        nas.send(good(place, anna, nas))
        assert nas.receive(SILENCE) is None
        assert server.counters.dropped["unknown_source"] == 1
    connect_nas(place, "other", form=Form.APPENDED)
    with serving(place) as server, RawNas(port_of(server), secret=b"another secret altogether") as nas:
        nas.send(good(place, anna, nas))
        assert nas.receive(SILENCE) is None
        assert server.counters.dropped["wrong_secret"] == 1
    assert accepted(place) == 0
    assert place.directory.calls == 0


# --- R2, F71 ---------------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize("proxied", [False, True])
def test_R2_F71_a_request_without_message_authenticator_is_dropped(place, anna, server, nas, proxied):
    more = [(int(Type.PROXY_STATE), b"1")] if proxied else []
    nas.send(nas.request("anna", PASSWORD + place.code(anna[1]), *more, signed=False))
    assert nas.receive(SILENCE) is None
    assert server.counters.dropped["unsigned"] == 1
    assert place.directory.calls == 0


def test_R2_the_one_exception_and_its_end(place, anna):
    vpn = connect_nas(place, form=Form.APPENDED, message_authenticator=Signing.UNABLE)
    with serving(place) as server, RawNas(port_of(server)) as nas:
        reply = nas.ask(good(place, anna, nas, signed=False))
        assert reply.code is Code.ACCESS_ACCEPT
        assert reply.attributes[0][0] == Type.MESSAGE_AUTHENTICATOR
        place.later(minutes=1)
        # Never through a proxy: that is how the answer was forged in CVE-2024-3596.
        nas.send(
            nas.request("anna", PASSWORD + place.code(anna[1]), (int(Type.PROXY_STATE), b"1"), signed=False)
        )
        assert nas.receive(SILENCE) is None
        assert nas.ask(good(place, anna, nas)).code is Code.ACCESS_ACCEPT
        place.later(minutes=1)
        wait_for(lambda: server.register._held[0].signed)
        nas.send(good(place, anna, nas, signed=False))
        assert nas.receive(SILENCE) is None
    # For good: a server that starts later knows, and configuring it anew does not undo it.
    extension = NasExtension()
    with place.database.write() as uow:
        extension.write(uow, vpn, extension.read(uow, vpn))
        assert read_one(uow, vpn).must_sign
    with serving(place) as server, RawNas(port_of(server)) as nas:
        nas.send(good(place, anna, nas, signed=False))
        assert nas.receive(SILENCE) is None


@pytest.mark.parametrize("networks", [["192.0.2.0/24"], ["192.0.2.1/32", "192.0.2.2/32"], ["2001:db8::/64"]])
def test_R2_the_exception_is_for_one_exact_address(networks):
    table = {"networks": networks, "message_authenticator": "unable", "shared_secret": SECRET}
    with pytest.raises(ConfigurationError, match="one exact address"):
        NasExtension().parse(table, "applications.vpn.radius")


def test_F71_identifiers_and_states_of_ours_look_random():
    from idp.domain.handles import new_handle, new_id

    assert len({new_handle() for _ in range(10_000)}) == 10_000
    counts = [0] * 256
    for _ in range(10_000):
        counts[int(new_id()[:2], 16)] += 1
    assert max(counts) < 90
    assert min(counts) > 8


# --- R3, F73 ---------------------------------------------------------------------------------------------


def test_R3_F73_a_duplicate_gets_the_stored_reply_from_every_process(place, anna, vpn):
    from idp.radius.access import Access
    from idp.radius.integrity import unhidden  # noqa: F401 - the room is loaded
    from tests.support.place import Place

    elsewhere = Place(
        str(place.database.engine.url.render_as_string(hide_password=False)), place.sealer._path, first=False
    )
    elsewhere.directory.passwords = place.directory.passwords
    with serving(place) as server, RawNas(port_of(server)) as nas:
        datagram = good(place, anna, nas)
        nas.send(datagram)
        first = nas.receive()
        nas.send(datagram)
        assert nas.receive() == first
        source = nas.held.getsockname()
        taken = server.intake.take(datagram, ip_network("127.0.0.1").network_address, source[1], "access")
        other = Access(elsewhere.signin, lambda: place.now)(taken)
    elsewhere.close()
    assert other.reply == first
    assert accepted(place) == 1
    assert place.directory.calls == 1


def test_R3_a_retransmission_while_it_is_answered_is_dropped(place, anna, server, nas):
    hold = threading.Event()
    check = place.directory.check

    def slow(account, password):
        hold.wait(20)
        return check(account, password)

    place.directory.check = slow
    datagram = good(place, anna, nas)
    for _ in range(3):
        nas.send(datagram)
    wait_for(lambda: server.counters.dropped["duplicate_in_progress"] == 2)
    hold.set()
    assert nas.receive() is not None
    assert nas.receive(SILENCE) is None
    assert (accepted(place), place.directory.calls) == (1, 1)


# --- R5, F22, S1, S2, S6, S10 ----------------------------------------------------------------------------


def test_R5_F22_another_spelling_is_the_same_person_and_needs_the_code(place, anna, server, nas):
    for name in ("aNNa", " anna ", "ａｎｎａ"):
        assert nas.ask(nas.request(name, PASSWORD)).code is Code.ACCESS_REJECT
        assert nas.ask(nas.request(name, PASSWORD + place.code(anna[1]))).code is Code.ACCESS_ACCEPT
        place.later(minutes=1)


@on_sqlite
def test_F22_what_is_nobodys_name_is_refused(place, anna, server, nas):
    for name in ("anna.", "EKVIK\\anna", "anna@ekvik", "anna@evil.example", "anna\0", "an\u200bna"):
        assert nas.ask(nas.request(name, PASSWORD + place.code(anna[1]))).code is Code.ACCESS_REJECT


def test_R5_account_state_hours_and_groups_are_as_on_the_web(place, anna):
    members = Policy(Audience(groups=frozenset({"vpn"})))
    connect_nas(place, form=Form.APPENDED, policy=members)
    late = place.account("late", password=PASSWORD, member_of=("vpn",))
    member = place.account("member", password=PASSWORD, member_of=("vpn",))
    app, late_app = place.authenticator(member), place.authenticator(late)
    with place.database.write() as uow:
        uow.connection.execute(
            text("UPDATE accounts SET starts = :at WHERE login = 'late'"),
            {"at": int((place.now + timedelta(days=3)).timestamp() * 1_000_000)},
        )
    with serving(place) as server, RawNas(port_of(server)) as nas:
        said = nas.ask(nas.request("anna", PASSWORD + place.code(anna[1])))
        assert (said.code, said.first(Type.REPLY_MESSAGE)) == (
            Code.ACCESS_REJECT,
            b"The system is only for vpn.",
        )
        assert nas.ask(nas.request("late", PASSWORD + place.code(late_app))).code is Code.ACCESS_REJECT
        assert nas.ask(nas.request("member", PASSWORD + place.code(app))).code is Code.ACCESS_ACCEPT
        place.later(minutes=1)
        with place.database.write() as uow:
            acts.disable(uow, member.id, "left", place.occasion(), by="administrator")
        said = nas.ask(nas.request("member", PASSWORD + place.code(app)))
        assert (said.code, said.first(Type.REPLY_MESSAGE)) == (
            Code.ACCESS_REJECT,
            b"The account is disabled.",
        )


@on_sqlite
def test_R5_the_visitors_network_decides_only_when_the_packet_is_signed(place, anna):
    policy = Policy(Audience(everyone=True), networks=frozenset({"townhall"}))
    connect_nas(place, form=Form.APPENDED, policy=policy, message_authenticator=Signing.UNABLE)
    inside = (int(Type.CALLING_STATION_ID), b"10.20.0.15")
    with serving(place) as server, RawNas(port_of(server)) as nas:
        refused = nas.request("anna", PASSWORD + place.code(anna[1]), inside, signed=False)
        assert nas.ask(refused).code is Code.ACCESS_REJECT
        place.later(minutes=1)
        outside = (int(Type.CALLING_STATION_ID), b"203.0.113.9")
        assert (
            nas.ask(nas.request("anna", PASSWORD + place.code(anna[1]), outside)).code is Code.ACCESS_REJECT
        )
        place.later(minutes=1)
        assert nas.ask(nas.request("anna", PASSWORD + place.code(anna[1]), inside)).code is Code.ACCESS_ACCEPT


def test_S1_a_code_spent_on_the_web_is_spent_for_the_vpn_and_the_other_way(place, anna, server, nas):
    code = place.code(anna[1])
    _, submit = on_the_web(place, "anna", PASSWORD)
    assert isinstance(submit(code), Completed)
    said = nas.ask(nas.request("anna", PASSWORD + code))
    assert said.first(Type.REPLY_MESSAGE) == b"The code has been used already. Wait for the next one."
    place.later(seconds=30)
    code = place.code(anna[1])
    assert nas.ask(nas.request("anna", PASSWORD + code)).code is Code.ACCESS_ACCEPT
    _, submit = on_the_web(place, "anna", PASSWORD)
    shown = submit(code)
    assert isinstance(shown, Show)
    assert shown.problem is Problem.CODE_USED


def test_S2_F25_of_many_at_once_over_two_servers_and_the_web_one_wins(place, anna, vpn):
    code = place.code(anna[1])
    with serving(place) as one, serving(place) as two, ThreadPoolExecutor(12) as pool:
        pages = [on_the_web(place, "anna", PASSWORD)[1] for _ in range(4)]

        def over_radius(number):
            with RawNas(port_of(one if number % 2 else two)) as nas:
                reply = nas.ask(nas.request("anna", PASSWORD + code), seconds=60)
                return reply is not None and reply.code is Code.ACCESS_ACCEPT

        tries = [pool.submit(over_radius, number) for number in range(8)]
        tries += [pool.submit(lambda page=page: isinstance(page(code), Completed)) for page in pages]
        won = [one.result() for one in tries]
    assert won.count(True) == 1


def test_S6_F15_failures_count_together_over_radius_and_the_web(place, anna, server, nas):
    for _ in range(30):
        _, submit = on_the_web(place, "anna", PASSWORD)
        shown = submit("000000")
        if isinstance(shown, Show) and shown.problem is Problem.THROTTLED:
            break
    said = nas.ask(nas.request("anna", PASSWORD + place.code(anna[1])))
    assert said.first(Type.REPLY_MESSAGE) == b"Too many wrong codes. Wait a while and try again."


def test_S6_F15_a_lock_by_radius_holds_on_the_web(place, anna, server, nas):
    for _ in range(30):
        said = nas.ask(nas.request("anna", PASSWORD + "000000"))
        if b"Too many" in (said.first(Type.REPLY_MESSAGE) or b""):
            break
    _, submit = on_the_web(place, "anna", PASSWORD)
    shown = submit(place.code(anna[1]))
    assert isinstance(shown, Show)
    assert shown.problem is Problem.THROTTLED


@on_sqlite
def test_S6_wrong_passwords_over_radius_lock_the_pages_too(place, anna, server, nas):
    for _ in range(12):
        assert nas.ask(nas.request("anna", "wrong123456")).code is Code.ACCESS_REJECT
    shown, _ = on_the_web(place, "anna", PASSWORD)
    assert isinstance(shown, Show)
    assert shown.problem is Problem.WRONG


# --- R6, R7 ----------------------------------------------------------------------------------------------


@on_sqlite
def test_R6_what_cannot_be_decoded_is_a_mismatch_and_no_failed_try(place, anna):
    connect_nas(place, form=Form.APPENDED, message_authenticator=Signing.UNABLE)
    with serving(place) as server, RawNas(port_of(server), secret=b"another secret altogether") as nas:
        for _ in range(20):
            nas.send(nas.request("anna", PASSWORD, signed=False))
        wait_for(lambda: server.counters.dropped["wrong_secret"] == 20)
        assert nas.receive(SILENCE) is None
    assert place.directory.calls == 0
    assert "signin.refused" not in [kind for kind, _, _ in place.audit()]
    with serving(place) as server, RawNas(port_of(server)) as nas:
        assert nas.ask(good(place, anna, nas, signed=False)).code is Code.ACCESS_ACCEPT


def test_R7_secrets_are_long_sealed_and_two_hold_during_a_change(place, anna, vpn):
    for weak in ("short", "aaaaaaaaaaaaaaaaaaaa"):
        with pytest.raises(ConfigurationError, match="random characters"):
            NasExtension().parse(
                {"networks": ["192.0.2.1/32"], "shared_secret": weak}, "applications.vpn.radius"
            )
    new = "0f1e2d3c4b5a69788796"
    with place.database.write() as uow:
        write_secrets(uow, vpn, new, SECRET)
        for column in ("sealed_secret", "sealed_previous_secret"):
            held = uow.connection.execute(text(f"SELECT {column} FROM radius_access_servers")).scalar()
            assert SECRET.encode() not in bytes(held)
            assert new.encode() not in bytes(held)
    with serving(place) as server:
        for secret in (new, SECRET):
            with RawNas(port_of(server), secret=secret.encode()) as nas:
                assert nas.ask(good(place, anna, nas)).code is Code.ACCESS_ACCEPT
            place.later(minutes=1)
        with place.database.write() as uow:
            write_secrets(uow, vpn, new, None)
        server.register.refresh()
        with RawNas(port_of(server)) as nas:
            nas.send(good(place, anna, nas))
            assert nas.receive(SILENCE) is None


def test_R7_each_server_has_a_secret_of_its_own(place, anna, vpn):
    other = place.application("other")
    extension = NasExtension()
    table = {"networks": ["192.0.2.1/32"], "shared_secret": SECRET}
    with (
        place.database.write() as uow,
        pytest.raises(ConfigurationError, match="another NAS has the same one"),
    ):
        extension.write(uow, other, extension.parse(table, "applications.other.radius"))


# --- R8, R9 ----------------------------------------------------------------------------------------------


@on_sqlite
def test_R8_with_the_directory_away_nobody_is_let_in(place, anna, server, nas):
    place.directory.away = True
    said = nas.ask(good(place, anna, nas))
    assert said.code is Code.ACCESS_REJECT
    assert b"not possible just now" in said.first(Type.REPLY_MESSAGE)
    place.directory.away = False
    assert nas.ask(good(place, anna, nas)).code is Code.ACCESS_ACCEPT


def test_R8_with_the_database_away_there_is_silence(place, anna, server, nas):
    with place.database.write() as uow:
        uow.connection.execute(text("ALTER TABLE radius_replies RENAME TO gone"))
    nas.send(good(place, anna, nas))
    assert nas.receive(SILENCE) is None
    wait_for(lambda: server.counters.dropped["fault"] == 1)
    with place.database.write() as uow:
        uow.connection.execute(text("ALTER TABLE gone RENAME TO radius_replies"))
    assert nas.ask(good(place, anna, nas)).code is Code.ACCESS_ACCEPT


@on_sqlite
def test_R8_S12_a_check_that_fails_lets_nobody_in(place, anna, server, nas):
    place.directory.check = lambda *_: Unreachable("it hangs")
    assert nas.ask(good(place, anna, nas)).code is Code.ACCESS_REJECT

    def broken(*_):
        raise RuntimeError("a fault in a check")

    place.directory.check = broken
    nas.send(good(place, anna, nas))
    assert nas.receive(SILENCE) is None
    assert accepted(place) == 0


@on_sqlite
def test_R9_a_flood_from_one_server_does_not_starve_another(place, anna):
    connect_nas(place, form=Form.APPENDED, networks=(ip_network("127.0.0.2/32"),))
    connect_nas(place, "flooding", form=Form.APPENDED, secret=SECRET[::-1], networks=LOOPBACK)
    hold = threading.Event()
    check = place.directory.check

    def slow(account, password):
        if password == "flood":
            hold.wait(60)
        return check(account, password)

    place.directory.check = slow
    try:
        with serving(place, workers=4) as server:
            with RawNas(port_of(server), secret=SECRET[::-1].encode()) as flood:
                for _ in range(400):
                    flood.send(flood.request(os.urandom(4).hex(), "flood123456"))
                wait_for(lambda: server.counters.dropped["queue_full"] > 0)
                import socket

                with RawNas(port_of(server)) as calm:
                    calm.held.close()
                    calm.held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    calm.held.bind(("127.0.0.2", 0))
                    calm.held.connect(("127.0.0.1", port_of(server)))
                    assert calm.ask(good(place, anna, calm), seconds=30).code is Code.ACCESS_ACCEPT
            hold.set()
    finally:
        hold.set()


# --- Status-Server, IPv6 ---------------------------------------------------------------------------------


@on_sqlite
def test_a_status_server_request_is_answered_while_all_is_well(place, server, nas):
    status = nas.packed(Code.STATUS_SERVER, os.urandom(16), [])
    assert nas.ask(status).code is Code.ACCESS_ACCEPT
    nas.send(nas.packed(Code.STATUS_SERVER, os.urandom(16), [], signed=False))
    assert nas.receive(SILENCE) is None
    server.register.alive = False
    nas.send(nas.packed(Code.STATUS_SERVER, os.urandom(16), []))
    reply = nas.receive(0.2)
    assert reply is None


@on_sqlite
def test_ipv6_is_served_as_well(place, anna):
    connect_nas(place, form=Form.APPENDED, networks=(ip_network("::1/128"),))
    with serving(place, addresses=("127.0.0.1", "::1")) as server:
        number = next(name[1] for _, name in server.ports if name[0] == "::1")
        with RawNas(number, host="::1") as nas:
            assert nas.ask(good(place, anna, nas)).code is Code.ACCESS_ACCEPT


@on_sqlite
def test_several_processes_share_one_port(place, anna, vpn):
    with serving(place) as first, serving(place, port=port_of(first)) as second:
        assert port_of(first) == port_of(second)
        for _ in range(3):
            with RawNas(port_of(first)) as nas:
                assert nas.ask(good(place, anna, nas)).code is Code.ACCESS_ACCEPT
            place.later(minutes=1)


@on_sqlite
def test_what_holds_no_password_is_refused(place, server, nas):
    chap = [(int(Type.USER_NAME), b"anna"), (3, bytes(17))]
    assert nas.ask(nas.packed(Code.ACCESS_REQUEST, os.urandom(16), chap)).code is Code.ACCESS_REJECT
