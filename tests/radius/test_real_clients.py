"""Debian's own: FreeRADIUS in front of a wireless network, OpenVPN, ocserv, pam_radius. Their files are deploy/'s."""

import base64
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from idp.domain.application import Audience, Policy
from idp.radius.intake import Port
from idp.radius.store import connections
from tests.radius.conftest import PASSWORD
from tests.support.nas import (
    ANYBODY_WITH_ONE,
    ANYBODY_WITH_TWO,
    SECRET,
    connect_nas,
    port_of,
    serving,
    wait_for,
)
from tests.support.remote_access import (
    Namespaces,
    Terminal,
    certificate,
    needs_root,
    number_of_worker,
    process,
    rendered,
    said,
    settings_of,
    within,
)
from tests.support.sample_site import free_port

pytestmark = [pytest.mark.parametrize("database_url", ["sqlite"], indirect=True), needs_root]


@pytest.fixture
def namespaces():
    with Namespaces(number_of_worker()) as made:
        yield made


def known(place, application):
    with place.database.read() as uow:
        return list(connections.of_application(uow, application))


# --- the wireless network ----------------------------------------------------------------------------------


@pytest.fixture
def wireless(place, anna, tmp_path):
    """FreeRADIUS with EAP-TTLS in front of Portvakt, and what eapol_test is told."""
    connect_nas(place, policy=ANYBODY_WITH_ONE, **settings_of("freeradius", "wireless", "127.0.0.1"))
    authority, pem, key = certificate(tmp_path)
    port = free_port()
    state = tmp_path / "state"
    state.mkdir()
    with serving(place) as server:
        folder = rendered(
            "freeradius", tmp_path / "raddb", state=state, listen_address="127.0.0.1", listen_port=port,
            access_points="127.0.0.1", access_point_secret="testing123", portvakt_address="127.0.0.1",
            portvakt_port=port_of(server), portvakt_secret=SECRET, certificate=pem, certificate_key=key,
        )  # fmt: skip
        log = tmp_path / "freeradius"
        with process("freeradius", "-X", "-d", str(folder), "-n", "radiusd", log=log):
            said(log, "Ready to process requests")
            yield port, authority, tmp_path


def eapol_test(wireless, password: str) -> str:
    port, authority, folder = wireless
    told = folder / "eapol.conf"
    told.write_text(
        f'network={{\nssid="town"\nkey_mgmt=WPA-EAP\neap=TTLS\nidentity="anna"\nanonymous_identity="anonymous"\n'
        f'password="{password}"\nphase2="auth=PAP"\nca_cert="{authority}"\n}}\n'
    )
    done = subprocess.run(
        ["eapol_test", "-c", str(told), "-a", "127.0.0.1", "-p", str(port), "-s", "testing123", "-t", "20", "-r0"],
        capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    return done.stdout


def test_a_phone_joins_the_wireless_network_through_freeradius(place, wireless):
    text = eapol_test(wireless, PASSWORD)
    assert text.rstrip().endswith("SUCCESS"), text[-3000:]
    # The VLAN that Portvakt chose inside the tunnel comes out of it.
    assert "Attribute 81 (Tunnel-Private-Group-Id)" in text
    assert "313230" in text
    assert eapol_test(wireless, "wrong password").rstrip().endswith("FAILURE")


# --- OpenVPN -----------------------------------------------------------------------------------------------


@pytest.fixture
def openvpn(place, anna, tmp_path, namespaces):
    """An OpenVPN server with its RADIUS plug-in; yields how to try to connect."""
    vpn = connect_nas(place, "openvpn", ANYBODY_WITH_TWO, **settings_of("openvpn", "openvpn", namespaces.nas))
    authority, pem, key = certificate(tmp_path)
    folder = tmp_path / "openvpn"
    (folder / "clients").mkdir(parents=True)
    with serving(place, addresses=(namespaces.here,), port=1812, accounting_port=1813) as server:
        values = {
            "folder": folder, "authority": authority, "certificate": pem, "certificate_key": key,
            "listen_address": namespaces.gateway, "listen_port": 1194, "network": "10.98.7.0",
            "nas_identifier": "openvpn", "nas_address": namespaces.nas, "device": "tun0",
            "portvakt_address": namespaces.here, "portvakt_port": port_of(server),
            "portvakt_accounting_port": port_of(server, Port.ACCOUNTING), "portvakt_secret": SECRET,
            "credentials": folder / "credentials",
        }  # fmt: skip
        rendered("openvpn", folder, **values)
        log = tmp_path / "server.log"
        with process(*within(namespaces.server, "openvpn", str(folder / "server.conf")), log=log, cwd=folder):
            said(log, "Initialization Sequence Completed")
            yield vpn, folder, namespaces


def dial(openvpn, typed: str, words: str) -> None:
    """Connect with what was typed; the client's log must say `words`. A living tunnel is tried by ping."""
    _, folder, spaces = openvpn
    (folder / "credentials").write_text(f"anna\n{typed}\n")
    log = folder / f"client-{os.urandom(4).hex()}.log"
    with process(*within(spaces.client, "openvpn", str(folder / "client.conf")), log=log, cwd=folder):
        said(log, words)
        if "Completed" in words:
            ping = within(spaces.client, "ping", "-c1", "-W5", "10.98.7.1")
            if shutil.which("ping"):
                assert subprocess.run(ping, check=False, capture_output=True).returncode == 0


def test_openvpn_lets_in_who_types_password_and_code_in_one_field(place, anna, openvpn):
    vpn, _, spaces = openvpn
    dial(openvpn, PASSWORD, "AUTH_FAILED")
    dial(openvpn, PASSWORD + place.code(anna[1]), "Initialization Sequence Completed")
    wait_for(lambda: known(place, vpn), seconds=30)
    (one,) = known(place, vpn)
    assert (one.login, one.address, one.framed_address) == ("anna", spaces.visitor, "10.98.7.2")
    place.later(minutes=1)
    parts = [base64.b64encode(part.encode()).decode() for part in (PASSWORD, place.code(anna[1]))]
    dial(openvpn, "SCRV1:" + ":".join(parts), "Initialization Sequence Completed")


# --- ocserv ------------------------------------------------------------------------------------------------


@pytest.fixture
def state():
    """A folder that ocserv's unprivileged workers get into."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield made


@pytest.fixture
def ocserv(place, anna, tmp_path, namespaces, state):
    vpn = connect_nas(place, "ocserv", ANYBODY_WITH_TWO, **settings_of("ocserv", "ocserv", namespaces.nas))
    authority, pem, key = certificate(tmp_path, "vpn.example")
    folder = tmp_path / "ocserv"
    with serving(place, addresses=(namespaces.here,), port=1812, accounting_port=1813) as server:
        rendered(
            "ocserv", folder, folder=folder, state=state, listen_address=namespaces.gateway, listen_port=443,
            certificate=pem, certificate_key=key, network="10.98.8.0", nas_identifier="ocserv",
            portvakt_address=namespaces.here, portvakt_port=port_of(server),
            portvakt_accounting_port=port_of(server, Port.ACCOUNTING), portvakt_secret=SECRET,
        )  # fmt: skip
        log = tmp_path / "ocserv.log"
        command = within(namespaces.server, "ocserv", "-f", "-d", "3", "-c", str(folder / "ocserv.conf"))
        with process(*command, log=log, cwd=folder):
            said(log, "initialized ocserv|listening")
            yield vpn, authority, namespaces, log


def test_openconnect_is_asked_for_the_password_and_then_the_code(place, anna, ocserv):
    vpn, authority, spaces, log = ocserv
    command = within(
        spaces.client, "openconnect", "--cafile", str(authority), "--user", "anna", "--no-dtls",
        "--script", "/bin/true", "--resolve", f"vpn.example:{spaces.gateway}", "https://vpn.example",
    )  # fmt: skip
    with Terminal(*command) as terminal:
        terminal.answer("Password:", PASSWORD)
        terminal.wait("Enter the code from your app")
        terminal.answer(":", place.code(anna[1]))
        terminal.wait("Connected as 10.98.8|Established|Configured as")
        wait_for(lambda: known(place, vpn), seconds=30)
    (one,) = known(place, vpn)
    assert (one.login, one.session_id is not None) == ("anna", True)
    assert log.exists()


# --- pam_radius --------------------------------------------------------------------------------------------


@pytest.fixture
def ssh(place, tmp_path):
    """An sshd of its own, under a name of its own so that this machine's PAM files stay as they are."""
    connect_nas(
        place, "ssh", Policy(Audience(everyone=True)), **settings_of("pam-radius", "ssh", "127.0.0.1")
    )
    folder = tmp_path / "pam"
    name = f"portvakt-test-sshd-{os.getpid()}"
    service = Path("/etc/pam.d") / name
    port = free_port()
    with serving(place) as server:
        rendered(
            "pam-radius", folder, folder=folder, portvakt_address="127.0.0.1", portvakt_port=port_of(server),
            portvakt_secret=SECRET,
        )  # fmt: skip
        program = tmp_path / name
        shutil.copy("/usr/sbin/sshd", program)
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "host")], check=True
        )
        Path("/run/sshd").mkdir(exist_ok=True)
        log = tmp_path / "sshd.log"
        service.write_text((folder / "pam.d-sshd").read_text())
        try:
            command = (str(program), "-D", "-e", "-f", str(folder / "sshd_config"), "-p", str(port),
                       "-h", str(tmp_path / "host"), "-o", "ListenAddress=127.0.0.1", "-o", "PidFile=none")  # fmt: skip
            with process(*command, log=log):
                said(log, "Server listening")
                yield port, log
        finally:
            service.unlink()


def test_ssh_asks_prompt_by_prompt_through_pam(place, ssh):
    port, log = ssh
    account = place.account("games", password=PASSWORD)  # an account that every Debian has
    app = place.authenticator(account)
    options = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-p", str(port))
    with Terminal("ssh", *options, "games@127.0.0.1") as terminal:
        terminal.answer("Password:", PASSWORD)
        terminal.answer("Enter the code from your app", place.code(app))
        said(log, "Accepted keyboard-interactive/pam for games")
    with Terminal("ssh", *options, "games@127.0.0.1") as terminal:
        terminal.answer("Password:", "wrong")
        said(log, "Authentication failure for games")
