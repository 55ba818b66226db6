"""The demo's front proxy: nginx before Portvakt, which decides where the visitor seems to be.

Owns the places and the cookie that chooses between them; the start page sets it. `localhost` has
one set of cookies for all its ports (RFC 6265 §8.5), which is why that works.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from deploy.demonstration.ports import Ports
from deploy.demonstration.processes import find_server
from deploy.demonstration.server_account import directive_user, runtime_folder
from deploy.demonstration.state import write_private

HERE = Path(__file__).parent
COOKIE = "demo_place"
TOWN_HALL = "town-hall"
OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a visitor can be: the network's name in the configuration, and an address in it."""

    key: str
    address: str


# 203.0.113.0/24 is kept for documentation (RFC 5737), so it is nobody's.
PLACES = {TOWN_HALL: Place(TOWN_HALL, "10.20.0.15"), OUTSIDE: Place(OUTSIDE, "203.0.113.57")}


def prepare(ports: Ports, state: Path) -> list[str]:
    """Write the configuration; return the command that serves it in the foreground."""
    runtime = runtime_folder(state, "front-proxy")
    configuration = state / "front-proxy.conf"
    user = directive_user()
    listen = [f"listen {f'[{host}]' if ':' in host else host}:{port};" for host, port in ports.proxy]
    values = {
        "user": f"user {user};" if user else "",
        "runtime": str(runtime),
        "outside": PLACES[OUTSIDE].address,
        "town_hall": PLACES[TOWN_HALL].address,
        "portvakt": "{}:{}".format(*ports.portvakt),
        "listen": "\n        ".join(listen),
    }
    text = (HERE / "nginx.conf").read_text(encoding="utf-8")
    write_private(configuration, re.sub(r"\[\[([a-z_]+)\]\]", lambda found: values[found[1]], text))
    # -e: before the configuration is read, nginx would write to /var/log/nginx.
    return [find_server("nginx", "nginx-light"), "-e", "stderr", "-p", str(runtime), "-c", str(configuration)]
