"""O13: Portvakt calls only what an administrator listed, at the address that was judged, and never waits long."""

import socket
import time
from ipaddress import ip_address, ip_network

import pytest

from idp.domain.errors import Unavailable
from idp.web.outgoing import Destinations, Outgoing
from tests.oidc.receiver import receiving

LOOPBACK = Destinations(networks=(ip_network("127.0.0.0/8"),))


def listed(*networks, hosts=()):
    return Destinations(frozenset(hosts), tuple(map(ip_network, networks)))


def refused(outgoing, url):
    with pytest.raises(Unavailable):
        outgoing.post_form(url, {"a": "b"})


@pytest.mark.parametrize(
    ("destinations", "host", "address", "allowed"),
    [
        (listed(), "rp.example", "203.0.113.1", False),
        (listed(hosts=["rp.example"]), "rp.example", "203.0.113.1", True),
        (listed(hosts=["rp.example"]), "RP.example", "203.0.113.1", True),
        (listed(hosts=["rp.example"]), "rp.example", "10.1.2.3", True),
        (listed(hosts=["rp.example"]), "sub.rp.example", "203.0.113.1", False),
        (listed(hosts=["rp.example"]), "rp.example.evil", "203.0.113.1", False),
        (listed("10.0.0.0/8"), "anything", "10.1.2.3", True),
        (listed("10.0.0.0/8"), "anything", "192.168.1.1", False),
        # Special addresses are reached only where they are listed themselves.
        (listed(hosts=["rp.example"]), "rp.example", "127.0.0.1", False),
        (listed(hosts=["rp.example"]), "rp.example", "::1", False),
        (listed(hosts=["rp.example"]), "rp.example", "169.254.169.254", False),
        (listed(hosts=["rp.example"]), "rp.example", "fd00:ec2::254", False),
        (listed(hosts=["rp.example"]), "rp.example", "0.0.0.0", False),
        (listed("0.0.0.0/0", "::/0"), "rp.example", "127.0.0.1", False),
        (listed("0.0.0.0/0", "::/0"), "rp.example", "::1", False),
        (listed("0.0.0.0/0", "::/0"), "rp.example", "169.254.169.254", False),
        (listed("0.0.0.0/0", "::/0"), "rp.example", "::ffff:127.0.0.1", False),
        (listed("0.0.0.0/0", "::/0"), "rp.example", "::ffff:169.254.169.254", False),
        (listed("0.0.0.0/0", "::/0"), "rp.example", "2002:7f00:1::", False),
        (listed("0.0.0.0/0", "::/0"), "rp.example", "64:ff9b::7f00:1", False),
        (listed("0.0.0.0/0", "::/0"), "rp.example", "64:ff9b::a9fe:a9fe", False),
        (listed("0.0.0.0/0", "::/0"), "rp.example", "fd00:ec2::254", False),
        (listed("0.0.0.0/0"), "rp.example", "224.0.0.1", False),
        (listed("0.0.0.0/0"), "rp.example", "203.0.113.1", True),
        (listed("127.0.0.2/32"), "127.0.0.2", "127.0.0.2", True),
        (listed("127.0.0.2/32"), "127.0.0.3", "127.0.0.3", False),
        (listed("127.0.0.0/8"), "rp.example", "::ffff:127.0.0.1", True),
    ],
)
def test_O13_what_is_listed_may_be_called_and_special_addresses_only_by_themselves(
    destinations, host, address, allowed
):
    assert destinations.allow(host, ip_address(address)) is allowed


def test_a_listed_address_is_called():
    with receiving() as receiver:
        receiver.body = b"thanks"
        reply = Outgoing(LOOPBACK).post_form(receiver.url, {"logout_token": "a b&c"})
    assert (reply.status, reply.body) == (200, b"thanks")
    assert receiver.received == [{"logout_token": "a b&c"}]


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://127.0.0.1/", "http:///x", "ftp://127.0.0.1/", "127.0.0.1"]
)
def test_O13_F52_only_http_is_spoken(url):
    refused(Outgoing(LOOPBACK), url)


def test_O13_F52_what_is_not_listed_gets_no_connection():
    with receiving() as receiver:
        refused(Outgoing(listed("10.0.0.0/8", hosts=["localhost"])), receiver.url)
        refused(Outgoing(listed("10.0.0.0/8", hosts=["localhost"])), f"http://localhost:{receiver.port}/")
        for spelling in ("0x7f000001", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]"):
            refused(Outgoing(listed("0.0.0.0/0")), f"http://{spelling}:{receiver.port}/")
    assert receiver.paths == []


def test_O13_F52_a_name_that_changes_its_address_is_judged_where_it_is_called():
    answers = iter([["127.0.0.2"], ["127.0.0.1"]])
    with receiving("127.0.0.1") as receiver:
        outgoing = Outgoing(listed("127.0.0.2/32"), seconds=1, resolve=lambda _host, _port: next(answers))
        url = f"http://rp.example:{receiver.port}/"
        refused(outgoing, url)  # the judged address, where nobody listens
        refused(outgoing, url)  # the flipped one
    assert receiver.paths == []


def test_O13_of_several_addresses_only_the_listed_are_tried():
    with receiving() as receiver:
        outgoing = Outgoing(listed("127.0.0.1/32"), resolve=lambda _host, _port: ["127.0.0.9", "127.0.0.1"])
        assert outgoing.post_form(f"http://rp.example:{receiver.port}/", {}).status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_O13_F52_redirects_are_not_followed(status):
    with receiving() as target, receiving() as receiver:
        receiver.status = status
        receiver.headers = {"location": target.url}
        assert Outgoing(LOOPBACK).post_form(receiver.url, {}).status == status
    assert target.paths == []


def test_O13_little_is_read_of_an_answer():
    with receiving() as receiver:
        receiver.body = b"x" * 5_000_000
        assert len(Outgoing(LOOPBACK).post_form(receiver.url, {}).body) == 16 * 1024


def test_O13_an_answer_that_drips_is_cut_off_at_the_deadline():
    with receiving() as receiver:
        receiver.body, receiver.drip = b"x" * 100, 0.1
        began = time.monotonic()
        refused(Outgoing(LOOPBACK, seconds=0.5), receiver.url)
        assert time.monotonic() - began < 2


def test_O13_a_system_that_accepts_and_says_nothing_is_cut_off():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        refused(Outgoing(LOOPBACK, seconds=0.5), f"http://127.0.0.1:{silent.getsockname()[1]}/")
        assert time.monotonic() - began < 2


def test_what_is_not_http_is_refused():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refused(Outgoing(LOOPBACK), f"http://127.0.0.1:{closed.getsockname()[1]}/")
    refused(Outgoing(LOOPBACK, resolve=lambda _host, _port: ["no address"]), "http://rp.example/")
