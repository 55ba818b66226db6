"""The e-service's settings, read from the JSON file that the supervisor writes."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EserviceSettings:
    """Where it is, whom it trusts, and where it keeps its sessions."""

    host: str
    port: int
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    database: Path

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def redirect_uri(self) -> str:
        return f"{self.origin}/callback"

    @property
    def signed_out_uri(self) -> str:
        return f"{self.origin}/signed-out"

    @property
    def logout_uri(self) -> str:
        return f"{self.origin}/backchannel-logout"

    def as_json(self) -> str:
        return json.dumps({**asdict(self), "database": str(self.database)}, indent=1)


def read_settings(file: Path) -> EserviceSettings:
    values = json.loads(file.read_text(encoding="utf-8"))
    return EserviceSettings(
        host=str(values["host"]),
        port=int(values["port"]),
        issuer=str(values["issuer"]),
        client_id=str(values["client_id"]),
        client_secret=str(values["client_secret"]),
        database=Path(values["database"]),
    )
