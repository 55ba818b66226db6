"""What a configuration file describes: rules, networks, directories, groups and applications, as frozen values.

Each has a *content*, typed, and *fields*, the same in one canonical flat form of JSON values, which is what
is compared, shown and remembered. A secret's field holds a keyed hash of it, never the secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from idp.domain.application import Policy
from idp.domain.factor_policy import FactorPolicy
from idp.domain.network import Network

JsonValue = str | int | float | bool | list["JsonValue"] | dict[str, "JsonValue"] | None
Fields = Mapping[str, JsonValue]

#: A secret's field is this and a keyed hash; the control character keeps other values from looking like it.
SECRET_MARK = "\x1asecret:"  # noqa: S105 - a mark, not a secret


class Kind(StrEnum):
    """The kinds of object, in the order in which they are applied: what is referred to comes first."""

    ORGANISATION = "organisation"
    NETWORK = "network"
    DIRECTORY = "directory"
    GROUP = "group"
    APPLICATION = "application"


#: The tables of the file, by kind.
TABLE_OF = {
    Kind.ORGANISATION: "organisation",
    Kind.NETWORK: "networks",
    Kind.DIRECTORY: "directories",
    Kind.GROUP: "groups",
    Kind.APPLICATION: "applications",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """One object's kind and name."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind.value} {self.name}"

    @property
    def key(self) -> str:
        """The object's table in the file."""
        return f"{TABLE_OF[self.kind]}.{self.name}"


@dataclass(frozen=True, slots=True)
class DirectoryContent:
    """A directory: `settings` as `directory_sync` reads them, but for the password."""

    settings: Mapping[str, JsonValue]
    mail_domain: str = ""
    bind_password: str | None = field(default=None, repr=False)
    """None keeps the stored one."""


@dataclass(frozen=True, slots=True)
class GroupContent:
    """A group that is kept here; `members` are logins, employee numbers in a file, or `person:ID`."""

    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApplicationContent:
    """An application and its protocol's part; `secrets` are the values in that part that are never shown."""

    title: str
    protocol: str
    policy: Policy
    titles: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    url: str = ""
    owner: str = ""
    enabled: bool = True
    extension: object | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


Content = FactorPolicy | Network | DirectoryContent | GroupContent | ApplicationContent


def is_secret(value: JsonValue) -> bool:
    """Whether a field's value stands for a secret."""
    return isinstance(value, str) and value.startswith(SECRET_MARK)
