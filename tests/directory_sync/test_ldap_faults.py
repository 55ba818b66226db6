"""A directory that is unreachable, hangs, dies in the middle or is not the one it claims to be."""

import os
import resource
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import pytest

from deploy.municipality.certificates import issue_certificate
from deploy.municipality.slapd import READER_PASSWORD
from directory_sync.reading import Complete, EntryKind, Incomplete
from directory_sync.run import Outcome, synchronise
from directory_sync.settings import SettingsError
from directory_sync.sources.ldap_source import LdapSource
from tests.directory_sync.memory_sink import MemorySink
from tests.directory_sync.people import NOW
from tests.directory_sync.proxy import closed_port, proxy_to, silence
from tests.directory_sync.town import key_of, people, settings_for

QUICK = {"connect": 0.5, "operation": 0.7, "sign_in": 1, "reading": 2}


def read(settings):
    entries = []
    return LdapSource(settings).read(EntryKind.PERSON, entries.append)


def incomplete(settings) -> str:
    reading = read(settings)
    assert isinstance(reading, Incomplete), reading
    return reading.reason


def timed(limit: float, call: Callable[[], str]) -> str:
    begun = time.monotonic()
    text = call()
    assert time.monotonic() - begun < limit
    return text


def test_L9_L11_an_unreachable_directory_changes_nothing_and_is_said():
    sink = MemorySink().know([])
    settings = settings_for(f"ldap://127.0.0.1:{closed_port()}", timeouts=QUICK)
    report = synchronise(LdapSource(settings), settings.mapping, sink, NOW)
    assert report.outcome is Outcome.UNREADABLE
    assert "cannot be reached" in report.reason
    assert sink.runs == {}


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
def test_L11_a_directory_that_takes_the_call_and_says_nothing(scheme):
    with silence() as port:
        settings = settings_for(f"{scheme}://127.0.0.1:{port}", timeouts=QUICK)
        assert timed(3, lambda: incomplete(settings))


def test_L11_a_directory_that_hangs_before_StartTLS():
    with silence() as port:
        settings = settings_for(f"ldap://127.0.0.1:{port}", timeouts=QUICK, start_tls=True)
        assert timed(3, lambda: incomplete(settings))


def test_L11_a_directory_that_hangs_in_the_middle_of_a_reading(slapd):
    server = slapd()
    seen = []

    def take(entry):
        seen.append(entry)
        if len(seen) == 2:
            server.pause()
            time.sleep(0.2)

    begun = time.monotonic()
    reading = LdapSource(settings_for(server.url, timeouts=QUICK)).read(EntryKind.PERSON, take)
    assert isinstance(reading, Incomplete)
    assert reading.reason == "the directory did not answer in time"
    assert 2 <= reading.entries < 5
    assert time.monotonic() - begun < 3
    server.resume()
    assert isinstance(read(settings_for(server.url)), Complete)


def test_L11_a_reading_as_a_whole_ends(town):
    """Each page comes in time, but there is no end to them."""
    settings = settings_for(town.url, page_size=1, timeouts={**QUICK, "reading": 0.3})
    reading = LdapSource(settings).read(EntryKind.PERSON, lambda _: time.sleep(0.12))
    assert isinstance(reading, Incomplete)
    assert reading.reason == "the directory took too long"
    assert 0 < reading.entries < 5


def test_L9_a_connection_that_is_cut_in_mid_page(slapd):
    names = [f"p{n}" for n in range(40)]
    server = slapd(people(*names))
    sink = MemorySink()
    plain = {"unit_filter": None, "group_filter": None, "page_size": 10}
    whole = settings_for(server.url, **plain)
    assert synchronise(LdapSource(whole), whole.mapping, sink, NOW).applied == {"joiner": 40}
    server.modify("".join(
        f"dn: uid={name},ou=people,dc=ekvik,dc=example\nchangetype: modify\nadd: employeeType\nemployeeType: former\n\n"
        for name in names[:2]
    ))  # fmt: skip
    with proxy_to(("127.0.0.1", server.port), cut_after=6000) as proxy:
        settings = settings_for(f"ldap://127.0.0.1:{proxy.port}", **plain)
        report = synchronise(LdapSource(settings), settings.mapping, sink, NOW)
    assert 0 < report.persons_read < 40
    assert "cannot be reached" in report.reason
    assert report.applied == {"leaver": 2}
    assert sink.active_keys() == {key_of(name) for name in names[2:]}


def test_L9_a_server_that_dies_while_it_is_read(slapd):
    server = slapd(people(*(f"p{n}" for n in range(10))))
    seen = []

    def take(entry):
        seen.append(entry)
        if len(seen) == 3:
            os.kill(server.pid, 9)
            time.sleep(0.2)

    reading = LdapSource(settings_for(server.url)).read(EntryKind.PERSON, take)
    assert isinstance(reading, Incomplete)
    assert 3 <= reading.entries < 10


def test_a_socket_in_the_file_system(town, tmp_path):
    path = str(tmp_path / "ldapi")
    with proxy_to(("127.0.0.1", town.port), listen=path) as proxy:
        assert read(settings_for(f"ldapi://{quote(path, safe='')}")) == Complete(5)
        assert proxy.connections == 1


# TLS


def test_L11_TLS_works_in_a_process_with_a_thousand_connections(town):
    """select() cannot take a descriptor above 1023."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, limits[1]), limits[1]))
    taken = []
    try:
        while not taken or taken[-1] < 1100:
            taken.append(os.dup(0))
        assert read(settings_for(town.tls_url, ca_file=str(town.ca_file))) == Complete(5)
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_L4_ldaps_with_the_right_authority(town):
    assert read(settings_for(town.tls_url, ca_file=str(town.ca_file))) == Complete(5)


def test_L4_StartTLS_with_the_right_authority(town):
    with proxy_to(("127.0.0.1", town.port)) as proxy:
        settings = settings_for(f"ldap://127.0.0.1:{proxy.port}", ca_file=str(town.ca_file), start_tls=True)
        assert read(settings) == Complete(5)
        assert READER_PASSWORD.encode() not in proxy.sent


def test_L4_an_unknown_authority_is_refused(town, tmp_path):
    with proxy_to(("127.0.0.1", town.tls_port)) as proxy:
        url = f"ldaps://127.0.0.1:{proxy.port}"
        for ca_file in (None, str(issue_certificate(tmp_path, "127.0.0.1").authority)):
            assert "certificate" in incomplete(settings_for(url, ca_file=ca_file))
        assert proxy.connections == 2


def test_L4_a_certificate_for_another_host_is_refused(town):
    with proxy_to(("127.0.0.1", town.tls_port), listen="127.0.0.2") as proxy:
        settings = settings_for(f"ldaps://127.0.0.2:{proxy.port}", ca_file=str(town.ca_file))
        assert "not valid for" in incomplete(settings)
    with proxy_to(("127.0.0.1", town.port), listen="127.0.0.2") as proxy:
        settings = settings_for(f"ldap://127.0.0.2:{proxy.port}", ca_file=str(town.ca_file), start_tls=True)
        assert "not valid for" in incomplete(settings)
        assert READER_PASSWORD.encode() not in proxy.sent


def test_L4_StartTLS_cannot_be_stripped(slapd):
    """The server, or whoever stands before it, says that it has no TLS: nothing is sent in the clear."""
    server = slapd()
    with proxy_to(("127.0.0.1", server.port)) as proxy:
        settings = settings_for(f"ldap://127.0.0.1:{proxy.port}", start_tls=True)
        assert incomplete(settings)
        assert proxy.connections == 1
        assert READER_PASSWORD.encode() not in proxy.sent
        assert b"portvakt" not in proxy.sent


# An ExtendedResponse that says success, and one whose length takes three octets.
YES = bytes.fromhex("300c02010178070a010004000400")
LONG_YES = bytes.fromhex("30820084020101788200" + "7d0a0100040004820074") + b" " * 116


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (bytes.fromhex("300c02010178070a010204000400"), "refuses StartTLS"),
        (bytes.fromhex("300c02010161070a010004000400"), "refuses StartTLS"),
        (bytes.fromhex("3003020101"), "refuses StartTLS"),
        (YES + b"0", "in the clear"),
        (b"HTTP/1.1 200 OK\r\n\r\n" * 9, "StartTLS"),
        (b"", "instead of starting TLS"),
        (b"\x30\x84\x7f", "instead of starting TLS"),
        (YES, "no safe connection to the directory"),
        (LONG_YES, "no safe connection to the directory"),
    ],
)
def test_L4_only_a_plain_yes_starts_TLS(answer, words):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard = []

        def serve():
            client, _ = listener.accept()
            with client:
                heard.append(client.recv(1000))
                client.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        settings = settings_for(
            f"ldap://127.0.0.1:{listener.getsockname()[1]}", timeouts=QUICK, start_tls=True
        )
        reason = incomplete(settings)
        thread.join()
    assert words in reason
    assert b"1.3.6.1.4.1.1466.20037" in heard[0]


def test_L4_the_machines_own_ldap_conf_cannot_soften_it(town, tmp_path):
    """ldap.conf and the environment are read once per process, so this one is a process of its own."""
    (tmp_path / "ldaprc").write_text("TLS_REQCERT never\nTLS_REQSAN never\nREFERRALS on\n")
    script = (
        "from tests.directory_sync.town import settings_for\n"
        "from directory_sync.sources.ldap_source import LdapSource\n"
        "from directory_sync.reading import EntryKind\n"
        f"print(LdapSource(settings_for({town.tls_url!r})).read(EntryKind.PERSON, lambda e: None))\n"
    )
    environment = {**os.environ, "LDAPRC": str(tmp_path / "ldaprc"), "LDAPTLS_REQCERT": "never"}
    root = Path(__file__).parents[2]
    python = [str(root / ".venv/bin/python"), "-c", script]
    done = subprocess.run(python, cwd=root, env=environment, capture_output=True, text=True, check=True)
    assert "Incomplete" in done.stdout
    assert "certificate" in done.stdout


@pytest.mark.parametrize("changes", [{"start_tls": False}, {"url": "ldap://user@host", "start_tls": True}])
def test_L4_a_password_is_never_sent_in_the_clear_to_another_machine(changes):
    with pytest.raises(SettingsError, match=r"directory\.(start_tls|url)"):
        settings_for(changes.pop("url", "ldap://ldap.ekvik.example"), **changes)
    assert settings_for("ldap://ldap.ekvik.example").start_tls
    assert not settings_for("ldap://127.0.0.1").start_tls


def test_L11_one_hanging_directory_does_not_hold_up_another(town):
    with silence() as port:
        slow = settings_for(f"ldaps://127.0.0.1:{port}", timeouts={**QUICK, "connect": 3, "operation": 3})
        hanging = [Thread(target=read, args=(slow,)) for _ in range(8)]
        for thread in hanging:
            thread.start()
        time.sleep(0.2)
        begun = time.monotonic()
        assert read(settings_for(town.url)) == Complete(5)
        assert time.monotonic() - begun < 1
        assert all(thread.is_alive() for thread in hanging)
        for thread in hanging:
            thread.join()
