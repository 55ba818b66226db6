"""FreeRADIUS with a file of users, PAP: what a server in C that keeps everything in memory does."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import free_port, serving
from bench.radius_client import Client, RadiusServer

SECRET = "bench-fr33radius-0123456789"
USERS = 1000
_CONFIGURATION = """
prefix = /usr
libdir = /usr/lib/freeradius
run_dir = {folder}
logdir = {folder}
max_requests = 65536
hostname_lookups = no
log {{
    destination = stdout
    auth = no
}}
security {{
    reject_delay = 0
    status_server = yes
}}
thread pool {{
    start_servers = 4
    max_servers = 8
    min_spare_servers = 1
    max_spare_servers = 4
}}
client bench {{
    ipaddr = 127.0.0.1
    secret = {secret}
    require_message_authenticator = yes
}}
modules {{
    files {{
        filename = {folder}/users
    }}
    pap {{
    }}
}}
server default {{
    listen {{
        type = auth
        ipaddr = 127.0.0.1
        port = {port}
    }}
    authorize {{
        files
        pap
    }}
    authenticate {{
        Auth-Type PAP {{
            pap
        }}
    }}
}}
"""


def installed() -> bool:
    """Whether it is on this machine."""
    return shutil.which("freeradius") is not None


@contextmanager
def running(folder: Path) -> Iterator[RadiusServer]:
    """Run it while the block lasts."""
    own = folder / "freeradius"
    own.mkdir(exist_ok=True)
    port = free_port()
    (own / "users").write_text("".join(f'user{n} Cleartext-Password := "pass{n}"\n\n' for n in range(USERS)))
    (own / "radiusd.conf").write_text(_CONFIGURATION.format(folder=own, secret=SECRET, port=port))
    command = ["freeradius", "-f", "-d", str(own), "-n", "radiusd"]
    with (
        Client(port, SECRET.encode()) as asking,
        serving(command, port, folder / "freeradius.log", ready=asking.is_well) as pid,
    ):
        yield RadiusServer(port, pid, SECRET.encode())
