"""What the start page shows, read from the JSON file that the supervisor writes."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.demonstration.accounts import DemoAccount


@dataclass(frozen=True, slots=True)
class Address:
    """One place to go."""

    url: str
    swedish: str
    english: str


@dataclass(frozen=True, slots=True)
class Content:
    """Everything on the page but the visitor's place and the time."""

    port: int
    directory: str
    reader: str
    addresses: Sequence[Address]
    accounts: Sequence[DemoAccount]

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


def read_content(file: Path) -> Content:
    values = json.loads(file.read_text(encoding="utf-8"))
    return Content(
        port=int(values["port"]),
        directory=str(values["directory"]),
        reader=str(values["reader"]),
        addresses=[Address(**address) for address in values["addresses"]],
        accounts=[DemoAccount(**account) for account in values["accounts"]],
    )
