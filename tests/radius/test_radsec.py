"""RADIUS over TLS: both sides show a certificate, and the same decision answers."""

import os
import socket
import ssl
import subprocess

import pytest

from idp.radius.credentials import Form
from idp.radius.packet import Code, Packet, decode
from idp.radius.radsec import Tls
from tests.radius.conftest import PASSWORD
from tests.support.nas import RawNas, connect_nas, serving

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
