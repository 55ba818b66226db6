"""Accounting from radclient; connections cut by Disconnect-Message, with pyrad as the network access server."""

import time
from datetime import timedelta

import pytest

from idp.domain import accounts as acts
from idp.domain.session import EndReason
from idp.domain.sign_out import end_session
from idp.radius.intake import Port
from idp.radius.store import connections
from idp.radius.store.access_servers import write_secrets
from tests.radius.conftest import PASSWORD
from tests.support.cutting_nas import cutting
from tests.support.nas import (
    ANYBODY_WITH_ONE,
    SECRET,
    connect_nas,
    dispatching,
    known,
    login,
    port_of,
    radclient,
    serving,
    wait_for,
)


def account_for(server, status: str, session: str = "0001", *more: str, name: str = "anna"):
    lines = (
        f"Acct-Status-Type = {status}",
        f'Acct-Session-Id = "{session}"',
        f'User-Name = "{name}"',
        "NAS-IP-Address = 192.0.2.7",
        *more,
    )
    ran = radclient(port_of(server, Port.ACCOUNTING), *lines, kind="acct", signed=False)
    assert ran.kind == "Accounting-Response", ran.text


@pytest.fixture
def vpn(place, anna):
    return connect_nas(place, policy=ANYBODY_WITH_ONE)


def test_start_interim_and_stop_make_one_connection(place, anna, vpn):
    with serving(place) as server:
        account_for(
            server, "Start", "1", "Framed-IP-Address = 10.8.0.6", 'Calling-Station-Id = "198.51.100.4"'
        )
        place.later(minutes=10)
        account_for(server, "Interim-Update", "1", "Acct-Session-Time = 600", "Acct-Input-Octets = 7",
                    "Acct-Input-Gigawords = 1")  # fmt: skip
        place.later(minutes=5)
        account_for(server, "Stop", "1", "Acct-Session-Time = 900", "Acct-Output-Octets = 9")
    (one,) = known(place, vpn)
    assert (one.account_id, one.framed_address, one.address) == (anna[0].id, "10.8.0.6", "198.51.100.4")
    assert (one.seconds, one.input_octets, one.output_octets) == (900, 2**32 + 7, 9)
    assert one.ended_at == place.now
    assert one.ended_at - one.started_at == timedelta(minutes=15)
    with place.database.read() as uow:
        middle = one.started_at + timedelta(minutes=1)
        assert [found.login for found in connections.with_address(uow, "10.8.0.6", middle)] == ["anna"]
        assert connections.with_address(uow, "10.8.0.6", place.now + timedelta(hours=1)) == []


def test_whatever_comes_twice_late_or_out_of_order_changes_nothing(place, anna, vpn):
    with serving(place) as server:
        account_for(server, "Start", "1")
        account_for(server, "Start", "1")
        place.later(minutes=10)
        account_for(server, "Stop", "1", "Acct-Session-Time = 600")
        place.later(seconds=20)
        account_for(server, "Stop", "1", "Acct-Session-Time = 600", "Acct-Delay-Time = 20")
        account_for(server, "Start", "1", "Acct-Delay-Time = 620")
        account_for(server, "Interim-Update", "1", "Acct-Delay-Time = 400")
        account_for(server, "Stop", "2", "Acct-Session-Time = 30")
        account_for(server, "Start", "2", "Acct-Delay-Time = 31")
    assert sorted((one.server_session, one.seconds, bool(one.ended_at)) for one in known(place, vpn)) == [
        ("1", 600, True),
        ("2", 30, True),
    ]


def test_a_server_that_restarts_has_no_connections_and_counts_from_one_again(place, anna, vpn):
    with serving(place) as server:
        account_for(server, "Start", "1")
        account_for(server, "Start", "2", name="bo")
        place.later(minutes=1)
        account_for(server, "Accounting-On", "0")
        account_for(server, "Accounting-On", "0")
        assert {(one.ended_by, bool(one.ended_at)) for one in known(place, vpn)} == {
            ("server_restarted", True)
        }
        place.later(minutes=1)
        account_for(server, "Start", "1")
    assert sorted(bool(one.ended_at) for one in known(place, vpn)) == [False, True, True]


def test_R1_accounting_with_a_wrong_secret_is_dropped_and_counted(place, anna, vpn):
    with serving(place) as server:
        port = port_of(server, Port.ACCOUNTING)
        ran = radclient(port, "Acct-Status-Type = Start", 'Acct-Session-Id = "1"', kind="acct",
                        secret="x" * 20, timeout=0.5, signed=False)  # fmt: skip
        assert ran.kind == ""
        assert known(place, vpn) == []
        wait_for(lambda: server.counters.dropped["wrong_secret"] == 1)
        account_for(server, "Start", "1")
    assert len(known(place, vpn)) == 1


def come_in(server, framed: str = "10.8.0.6") -> None:
    """Sign in and tell of the connection, with the Class that the reply had."""
    ran = radclient(port_of(server), *login("anna", PASSWORD))
    assert ran.kind == "Access-Accept", ran.text
    account_for(server, "Start", "77", f"Class = {ran.one('Class')}", f"Framed-IP-Address = {framed}")


@pytest.mark.parametrize(
    "how", ["at once", "two datagrams are lost", "the secret is being changed", "its sign-in is ended"]
)
def test_a_living_connection_is_cut_within_five_seconds(place, anna, how):
    lost = 2 if how == "two datagrams are lost" else 0
    with cutting(lost=lost) as nas, serving(place) as server, dispatching(place):
        vpn = connect_nas(place, policy=ANYBODY_WITH_ONE, disconnect_port=nas.port)
        wait_for(lambda: server.intake.register._held)
        come_in(server)
        (one,) = known(place, vpn)
        assert one.session_id
        with place.database.write() as uow:
            if how == "the secret is being changed":
                write_secrets(uow, vpn, "f0e1d2c3b4a5968778695a4b", SECRET)  # this NAS knows the old one yet
            if how == "its sign-in is ended":
                assert end_session(
                    uow, one.session_id, anna[0].id, EndReason.ENDED_BY_PERSON, place.occasion()
                )
            else:
                assert acts.disable(uow, anna[0].id, "left", place.occasion(), by="administrator")
        began = time.monotonic()
        wait_for(lambda: known(place, vpn)[0].ended_at, seconds=15)
        assert time.monotonic() - began < 5
    (one,) = known(place, vpn)
    assert (one.ended_by, one.disconnect_outcome) == ("disconnected", "done")
    heard = nas.heard[-1]
    assert (heard["User-Name"], heard["Acct-Session-Id"]) == ("anna", "77")
    assert ("network.connection_cut", "Disconnect-ACK") in [(kind, why) for kind, why, _ in place.audit()]


def test_a_server_that_refuses_or_does_not_answer_is_shown(place, anna):
    with cutting(42) as nas, serving(place) as server, dispatching(place):
        vpn = connect_nas(place, policy=ANYBODY_WITH_ONE, disconnect_port=nas.port)
        wait_for(lambda: server.intake.register._held)
        come_in(server)
        with place.database.write() as uow:
            acts.disable(uow, anna[0].id, "left", place.occasion(), by="administrator")
        wait_for(lambda: known(place, vpn)[0].disconnect_outcome, seconds=15)
    (one,) = known(place, vpn)
    assert (one.disconnect_outcome, one.ended_at) == ("refused", None)
    assert one.disconnect_detail == "Disconnect-NAK, Error-Cause 404"


def test_the_session_ends_with_its_last_connection(place, anna, vpn):
    with serving(place) as server:
        come_in(server)
        with place.database.read() as uow:
            assert len(uow.sessions.of_account(anna[0].id, place.now)) == 1
        account_for(server, "Stop", "77")
        with place.database.read() as uow:
            assert uow.sessions.of_account(anna[0].id, place.now) == []
