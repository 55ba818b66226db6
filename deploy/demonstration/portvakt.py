"""Portvakt as the demo uses it: set up and run by its own commands, like any installation.

Owns the folder with settings, key and database, and which commands are given. Knows no code of `idp`.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import tomli_w

from deploy.demonstration.ports import Ports
from deploy.demonstration.state import write_private

ROOT = Path(__file__).parents[2]
TEMPLATE = Path(__file__).with_name("ekvik.toml")
ORGANISATION = "Ekvik kommun"
NEEDS_A_DECISION = 3


class CommandError(RuntimeError):
    """A command of Portvakt's failed; the text is what it said."""


class Portvakt:
    """One installation in its own folder."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self.folder = folder
        self._ports = ports

    @property
    def settings(self) -> Path:
        return self.folder / "portvakt.toml"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "idp", "--settings", str(self.settings), *arguments]

    def run(self, *arguments: str, also: Sequence[int] = ()) -> str:
        """Run one command to its end and return what it printed; `also` are further good exit codes."""
        return _run(self.command(*arguments), arguments[0], also)

    def initialise(self) -> None:
        """`portvakt init`, in an empty folder."""
        for path in self.folder.iterdir():
            if path.is_file():
                path.unlink()
        command = [sys.executable, "-m", "idp", "init", "--folder", str(self.folder)]
        command += ["--issuer", self._ports.issuer, "--organisation", ORGANISATION]
        _run(command, "init", ())

    def write_settings(self) -> None:
        """What an administrator would edit after `init`: the proxy, the ports, where logout messages may go."""
        settings = tomllib.loads(self.settings.read_text(encoding="utf-8"))
        host, port = self._ports.portvakt
        # Loopback is nothing that Portvakt connects to unless told: these are the two systems.
        systems = [f"{address}/32" for address, _ in (self._ports.intranet, self._ports.eservice)]
        settings |= {
            "issuer": self._ports.issuer,
            "organisation": ORGANISATION,
            "contact": "it@ekvik.example",
            "mail_domain": "ekvik.example",
            "trusted_proxies": ["127.0.0.1/32"],
            "listen": {"host": host, "port": port},
            "saml": {"titles": {"sv": ORGANISATION, "en": "Ekvik municipality"}},
            "radius": {
                "serve": True,
                "listen": [self._ports.radius[0]],
                "port": self._ports.radius[1],
                "accounting_port": self._ports.radius_accounting[1],
            },
            "outgoing": {"allowed_hosts": [], "allowed_networks": systems},
        }
        write_private(self.settings, tomli_w.dumps(settings))

    def write_configuration(self, values: Mapping[str, str], secrets: Mapping[str, str]) -> Path:
        """Fill in the template; its secrets stand in files beside it."""
        folder = self.folder / "secrets"
        folder.mkdir(exist_ok=True, mode=0o700)
        for name, secret in secrets.items():
            write_private(folder / name, secret + "\n")
        text = re.sub(r"@([a-z_]+)@", lambda found: values[found[1]], TEMPLATE.read_text(encoding="utf-8"))
        file = self.folder / "ekvik.toml"
        write_private(file, text)
        return file


def _run(command: Sequence[str], name: str, also: Sequence[int]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode not in {0, *also}:
        raise CommandError(
            f"portvakt {name} failed ({done.returncode}):\n{(done.stderr or done.stdout).strip()}"
        )
    return done.stdout
