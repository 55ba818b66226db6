"""node oidc-provider (npm): the reference of its field in JavaScript. Keeps everything in memory.

Its store holds a thousand entries and forgets the rest: no more sessions are begun than there are connections.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.load import CONNECTIONS
from bench.peers.serving import Peer
from bench.peers.unavailable import PeerUnavailable
from bench.processes import free_port, serving
from bench.relying_party import FormRule
from bench.workbench import Workbench

NAME = "node oidc-provider"
_PACKAGE = "oidc-provider@9.13"
_SERVER = Path(__file__).with_name("oidc_provider.mjs")
_SECRET = "bench-secret-0123456789abcdef"
_RULES = (
    FormRule("login", {"login": "{user}", "password": "any"}),
    FormRule("prompt", {}),
)
_PATIENCE = 300


@contextmanager
def oidc_provider(bench: Workbench) -> Iterator[Peer]:
    """Run it; raises PeerUnavailable."""
    folder = _installed(bench)
    port = free_port()
    environment = {
        "NODE_DIR": str(folder),
        "PORT": str(port),
        "CLIENT_SECRET": _SECRET,
        "NODE_ENV": "production",
    }
    log = bench.folder / "oidc_provider.log"
    with serving(["node", str(_SERVER)], port, log, environment=environment) as pid:
        # Without a consent that was asked for, it gives no refresh token.
        first = {"prompt": "consent"}
        yield Peer(NAME, f"http://127.0.0.1:{port}", pid, _SECRET, _RULES, first, CONNECTIONS)


def _installed(bench: Workbench) -> Path:
    folder = bench.options.results / "peers" / "node"
    if (folder / "node_modules" / "oidc-provider").exists():
        return folder
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise PeerUnavailable("node and npm are missing: apt-get install nodejs npm")
    bench.say(f"installing {_PACKAGE} with npm")
    folder.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), _PACKAGE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise PeerUnavailable(f"npm did not get {_PACKAGE} within {_PATIENCE} s") from error
    if done.returncode:
        raise PeerUnavailable(f"npm could not get {_PACKAGE}: {done.stderr.strip()[-200:]}")
    return folder
