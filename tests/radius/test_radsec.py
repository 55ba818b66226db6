"""RADIUS over TLS: both sides show a certificate, and the same decision answers."""

import os
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager, suppress

import pytest

from idp.domain import accounts as acts
from idp.radius.credentials import Form
from idp.radius.integrity import plain_reply_to, signed_request
from idp.radius.packet import Code, Packet, Type, decode
from idp.radius.radsec import Tls
from tests.radius.conftest import PASSWORD
from tests.support.nas import RawNas, connect_nas, dispatching, known, serving, wait_for

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def openssl(*arguments, folder):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


@pytest.fixture
def certificates(tmp_path):
    """An authority, a server's certificate, a client's, and one of another authority."""
    for authority in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", f"/CN={authority}", "-keyout", f"{authority}.key", "-out", f"{authority}.pem",
                folder=tmp_path)  # fmt: skip
    for name, authority in (
        ("localhost", "ca"),
        ("vpn.example", "ca"),
        ("stranger.example", "ca"),
        ("forged", "other"),
    ):
        shown = "vpn.example" if name == "forged" else name
        (tmp_path / f"{name}.ext").write_text(f"subjectAltName=DNS:{shown}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={shown}",
                "-keyout", f"{name}.key", "-out", f"{name}.csr", folder=tmp_path)  # fmt: skip
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem",
                folder=tmp_path)  # fmt: skip
    return tmp_path


@pytest.fixture
def server(place, anna, certificates):
    connect_nas(place, form=Form.APPENDED, networks=(), certificate_name="vpn.example")
    tls = Tls(0, certificates / "localhost.pem", certificates / "localhost.key", certificates / "ca.pem")
    with serving(place, tls=tls) as running:
        yield running


def connected(server, certificates, name):
    context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    if name:
        context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
    raw = socket.create_connection(("127.0.0.1", server.tls_port), timeout=20)
    return context.wrap_socket(raw, server_hostname="localhost")


def request(place, anna) -> bytes:
    with RawNas(9, secret=b"radsec") as nas:
        return nas.request("anna", PASSWORD + place.code(anna[1]))


def test_a_client_with_its_certificate_is_served_and_packets_may_follow_one_another(
    place, anna, server, certificates
):
    with connected(server, certificates, "vpn.example") as stream:
        first = request(place, anna)
        stream.sendall(first[:7])
        stream.sendall(first[7:])
        reply = decode(stream.recv(4096))
        assert isinstance(reply, Packet)
        assert reply.code is Code.ACCESS_ACCEPT
        with RawNas(9, secret=b"radsec") as nas:
            status = nas.packed(Code.STATUS_SERVER, os.urandom(16), [])
        stream.sendall(status)
        assert decode(stream.recv(4096)).code is Code.ACCESS_ACCEPT


@pytest.mark.parametrize("name", ["", "forged", "stranger.example"])
def test_whoever_shows_none_a_forged_or_an_unknown_one_is_not_served(place, anna, server, certificates, name):
    try:
        with connected(server, certificates, name) as stream:
            stream.sendall(request(place, anna))
            assert stream.recv(4096) == b""
    except OSError:
        pass
    assert "signin.succeeded" not in [kind for kind, _, _ in place.audit()]


def test_what_is_no_packet_ends_the_connection(place, anna, server, certificates):
    with connected(server, certificates, "vpn.example") as stream:
        stream.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert stream.recv(4096) == b""
    with connected(server, certificates, "vpn.example") as stream:
        stream.sendall(request(place, anna))
        assert decode(stream.recv(4096)).code is Code.ACCESS_ACCEPT


def come_in(place, anna, server, certificates) -> None:
    """Sign in and tell of the connection, over one stream."""
    with connected(server, certificates, "vpn.example") as stream, RawNas(9, secret=b"radsec") as nas:
        stream.sendall(request(place, anna))
        welcome = decode(stream.recv(4096))
        told = [
            (int(Type.ACCT_STATUS_TYPE), (1).to_bytes(4, "big")),
            (int(Type.ACCT_SESSION_ID), b"77"),
            (int(Type.USER_NAME), b"anna"),
            *((int(Type.CLASS), value) for value in welcome.every(Type.CLASS)),
        ]
        stream.sendall(signed_request(Code.ACCOUNTING_REQUEST, nas.identifier, told, b"radsec"))
        assert decode(stream.recv(4096)).code is Code.ACCOUNTING_RESPONSE


@contextmanager
def taking_disconnects(certificates, name):
    """A client's own port for Disconnect-Messages over TLS; gives it and what was asked there."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificates / "ca.pem"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
    heard = []

    def serve() -> None:
        with suppress(OSError):
            plain, _ = listening.accept()
            with context.wrap_socket(plain, server_side=True) as stream:
                asked = decode(stream.recv(4096))
                heard.append(asked)
                stream.sendall(plain_reply_to(asked, Code.DISCONNECT_ACK, b"radsec"))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1], heard
    thread.join(timeout=10)


@pytest.mark.parametrize(("name", "outcome"), [("vpn.example", "done"), ("stranger.example", "no_answer")])
def test_a_client_over_tls_is_told_to_disconnect_over_tls(place, anna, certificates, name, outcome):
    tls = Tls(0, certificates / "localhost.pem", certificates / "localhost.key", certificates / "ca.pem")
    with taking_disconnects(certificates, name) as (port, heard), serving(place, tls=tls) as server:
        nas = connect_nas(
            place, form=Form.APPENDED, networks=(), certificate_name="vpn.example", disconnect_port=port
        )
        wait_for(lambda: server.intake.register._held)
        come_in(place, anna, server, certificates)
        with place.database.write() as uow:
            assert acts.disable(uow, anna[0].id, "left", place.occasion(), by="administrator")
        with dispatching(place, tls):
            wait_for(lambda: known(place, nas)[0].disconnect_outcome)
    (one,) = known(place, nas)
    assert one.disconnect_outcome == outcome
    assert [asked.first(Type.ACCT_SESSION_ID) for asked in heard] == ([b"77"] if outcome == "done" else [])
