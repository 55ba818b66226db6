"""The intranet: writes Apache's configuration and says how to start it.

Owns its own values of the template. Everything about signing in is mod_auth_openidc's.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from deploy.demonstration.apache import ApacheSite
from deploy.demonstration.server_account import readable_copy, runtime_folder

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Intranet(ApacheSite):
    """One intranet, to be served at one address."""

    name: ClassVar[str] = "intranet"
    folder: ClassVar[Path] = HERE
    client_id: str
    client_secret: str = field(repr=False)
    passphrase: str = field(repr=False)

    @property
    def redirect_uri(self) -> str:
        return f"{self.origin}/callback"

    @property
    def logout_uri(self) -> str:
        """Where mod_auth_openidc takes logout tokens."""
        return f"{self.redirect_uri}?logout=backchannel"

    def prepare(self, state: Path, log: Path) -> list[str]:
        """Write the configuration; return the command that serves it in the foreground."""
        runtime = self.runtime(state)
        runtime_folder(state, "intranet/sessions")
        values = {
            "origin_pattern": re.escape(self.origin), "origin_encoded": quote(self.origin, safe=""),
            "client_id": self.client_id, "client_secret": self.client_secret, "passphrase": self.passphrase,
            "code": readable_copy(HERE / "code", runtime, "intranet-code"),
        }  # fmt: skip
        return self.write(state, log, values)
