"""What the demo says when everything runs: a short page for people, `demo.json` for scripts.

Owns both forms. Knows no process.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.demonstration.accounts import DemoAccount
from deploy.demonstration.state import write_private
from deploy.municipality.slapd import BASE_DN, READER_DN, READER_PASSWORD


@dataclass(frozen=True, slots=True)
class System:
    """One relying party."""

    name: str
    protocol: str
    url: str


@dataclass(frozen=True, slots=True)
class Radius:
    """Where the RADIUS server answers, and the secret of the one access server that it knows."""

    host: str
    port: int
    accounting_port: int
    secret: str

    def try_it(self, login: str, password: str) -> str:
        """A line for the shell that asks as a VPN gateway would; the code of the moment goes where CODE stands."""
        attributes = f'User-Name="{login}",User-Password="{password}CODE",Message-Authenticator=0x00'
        return f"echo '{attributes}' | radclient -x {self.host}:{self.port} auth {self.secret}"


@dataclass(frozen=True, slots=True)
class Summary:
    """The addresses and the people."""

    issuer: str
    start_page: str
    directory_url: str
    settings: Path
    systems: Sequence[System]
    radius: Radius
    accounts: Sequence[DemoAccount]

    @property
    def portal(self) -> str:
        return f"{self.issuer}/"

    @property
    def administration(self) -> str:
        return f"{self.issuer}/administration"

    def write_json(self, file: Path) -> None:
        """The facts for scripts; the file appears when everything answers."""
        facts = {
            "issuer": self.issuer,
            "portal": self.portal,
            "administration": self.administration,
            "directory": {
                "url": self.directory_url,
                "bind_dn": READER_DN,
                "bind_password": READER_PASSWORD,
                "base_dn": BASE_DN,
            },
            "radius": {
                "host": self.radius.host,
                "port": self.radius.port,
                "accounting_port": self.radius.accounting_port,
                "secret": self.radius.secret,
            },
            "relying_parties": [
                {"name": system.name, "protocol": system.protocol, "url": system.url}
                for system in self.systems
            ],
            "accounts": [
                {
                    "login": account.login,
                    "password": account.password,
                    "totp_secret": account.totp_secret,
                    "role": account.role,
                    "name": account.name,
                }
                for account in self.accounts
            ],
        }
        write_private(file, json.dumps(facts, ensure_ascii=False, indent=1) + "\n")

    def as_text(self) -> str:
        addresses = [
            ("Start here", self.start_page),
            *((system.name, system.url) for system in self.systems),
            ("My systems", self.portal),
            ("Administration", self.administration),
            ("Directory", f"{self.directory_url}  ({READER_DN} / {READER_PASSWORD})"),
        ]
        people = [
            (one.name, one.login, one.password, one.totp_secret or "no factor yet", one.english)
            for one in self.accounts
        ]
        vpn_user = next(one for one in self.accounts if one.totp_secret)
        return "\n".join(
            (
                "",
                "Ekvik is running.",
                "",
                *_table(addresses),
                "",
                *_table([("Name", "User name", "Password", "Seed of one-time codes", ""), *people]),
                "",
                "Remote work: ask as a VPN gateway would, with the code of the moment in place of CODE:",
                f"  {self.radius.try_it(vpn_user.login, vpn_user.password)}",
                "",
                "Codes of the moment, and the switch between town hall and outside: on the start page.",
                f"The command line: .venv/bin/portvakt --settings {self.settings} --help",
                "Ctrl-C stops everything.",
            )
        )


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return [f"  {line.rstrip()}" for line in lines]
