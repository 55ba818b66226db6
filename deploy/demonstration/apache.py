"""A site of the demo in Debian's Apache: its address, the values that every template has, and how it is started."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from deploy.demonstration.processes import find_server
from deploy.demonstration.server_account import directive_user, readable_copy, runtime_folder
from deploy.demonstration.state import write_private
from deploy.demonstration.wording import STOCKHOLM

MODULES = Path("/usr/lib/apache2/modules")


@dataclass(frozen=True, slots=True)
class ApacheSite:
    """One site, to be served at one address; `folder` holds `apache.conf` and its pages."""

    name: ClassVar[str]
    folder: ClassVar[Path]
    host: str
    port: int
    issuer: str

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def signed_out_uri(self) -> str:
        return f"{self.origin}/signed-out"

    @staticmethod
    def environment() -> dict[str, str]:
        """Times on the pages are the municipality's: they ask the process for its zone."""
        return {**os.environ, "TZ": STOCKHOLM.key}

    def runtime(self, state: Path) -> Path:
        """Return the folder that the server may write to."""
        return runtime_folder(state, self.name)

    def write(self, state: Path, log: Path, values: Mapping[str, object]) -> list[str]:
        """Write the configuration; return the command that serves it in the foreground."""
        runtime, user = self.runtime(state), directive_user()
        every = {
            "runtime": runtime, "log": log, "host": self.host, "port": self.port, "modules": MODULES,
            "user": f"User {user}\nGroup {user}" if user else "", "issuer": self.issuer, "origin": self.origin,
            "pages": readable_copy(self.folder / "pages", runtime, f"{self.name}-pages"),
            "looks": readable_copy(self.folder.parent / "looks", runtime, "looks"),
            **values,
        }  # fmt: skip
        configuration = state / f"{self.name}.conf"
        text = (self.folder / "apache.conf").read_text(encoding="utf-8")
        write_private(configuration, re.sub(r"\{([a-z_]+)\}", lambda found: str(every[found[1]]), text))
        return [find_server("apache2", "apache2"), "-f", str(configuration), "-DFOREGROUND"]
