"""The intranet: writes Apache's configuration and says how to start it.

Owns the template's values. Everything about signing in is mod_auth_openidc's.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from deploy.demonstration.processes import find_server
from deploy.demonstration.server_account import directive_user, readable_copy, runtime_folder
from deploy.demonstration.state import write_private
from deploy.demonstration.wording import STOCKHOLM

HERE = Path(__file__).parent
MODULES = Path("/usr/lib/apache2/modules")


@dataclass(frozen=True, slots=True)
class Intranet:
    """One intranet, to be served at one address."""

    host: str
    port: int
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    passphrase: str = field(repr=False)

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def redirect_uri(self) -> str:
        return f"{self.origin}/callback"

    @property
    def logout_uri(self) -> str:
        """Where mod_auth_openidc takes logout tokens."""
        return f"{self.redirect_uri}?logout=backchannel"

    @property
    def signed_out_uri(self) -> str:
        return f"{self.origin}/signed-out"

    @staticmethod
    def environment() -> dict[str, str]:
        """Times on the pages are the municipality's: `code/words.lua` asks the process for its zone."""
        return {**os.environ, "TZ": STOCKHOLM.key}

    def prepare(self, state: Path, log: Path) -> list[str]:
        """Write the configuration; return the command that serves it in the foreground."""
        runtime = runtime_folder(state, "intranet")
        runtime_folder(state, "intranet/sessions")
        configuration = state / "intranet.conf"
        user = directive_user()
        text = (HERE / "apache.conf").read_text(encoding="utf-8")
        values = {
            "runtime": runtime, "log": log, "host": self.host, "port": self.port, "modules": MODULES,
            "user": f"User {user}\nGroup {user}" if user else "", "issuer": self.issuer, "origin": self.origin,
            "origin_pattern": re.escape(self.origin), "origin_encoded": quote(self.origin, safe=""),
            "client_id": self.client_id, "client_secret": self.client_secret, "passphrase": self.passphrase,
            "pages": readable_copy(HERE / "pages", runtime, "intranet-pages"),
            "looks": readable_copy(HERE.parent / "looks", runtime, "looks"),
            "code": readable_copy(HERE / "code", runtime, "intranet-code"),
        }  # fmt: skip
        write_private(configuration, re.sub(r"\{([a-z_]+)\}", lambda found: str(values[found[1]]), text))
        return [find_server("apache2", "apache2"), "-f", str(configuration), "-DFOREGROUND"]
