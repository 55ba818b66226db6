"""Network access servers as values: whom packets come from, what they can do, and what they are told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from idp.domain.handles import ApplicationId
from idp.radius.credentials import Form

PROTOCOL = "radius"
LEAST_SECRET = 16
DISCONNECT_PORT = 3799
RADSEC_PORT = 2083

IpNetwork = IPv4Network | IPv6Network


class Signing(StrEnum):
    """Whether Message-Authenticator is demanded of a NAS; UNABLE is statement R2's one exception."""

    REQUIRED = "required"
    UNABLE = "unable"


@dataclass(frozen=True, slots=True)
class ReplyRule:
    """One attribute of an Access-Accept; for members of `group` only, unless that is empty."""

    attribute: str
    value: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class NasSettings:
    """What an administrator says of one NAS.

    Attributes:
        networks: where its packets come from; exactly one address for Signing.UNABLE.
        nas_identifier: tells several behind one address apart; empty is whoever comes from there.
        form: how its clients can ask for a code.
        code_digits: how long a code at the end of a password is, for people whose authenticators do not say.
        language: of Reply-Message.
        disconnect_port: where it takes Disconnect-Messages (RFC 5176), over TLS if it comes over TLS; 0 is nowhere.
        certificate_name: the DNS name in the certificate that it shows over TLS (RadSec); empty is none.
        replies: attributes of an Access-Accept.
        texts: Reply-Message texts in place of the usual ones, by name; some clients know prompts by their words.
    """

    networks: tuple[IpNetwork, ...] = ()
    nas_identifier: str = ""
    form: Form = Form.CHALLENGE
    code_digits: int = 6
    message_authenticator: Signing = Signing.REQUIRED
    language: str = "sv"
    disconnect_port: int = DISCONNECT_PORT
    certificate_name: str = ""
    replies: tuple[ReplyRule, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def exact(self) -> bool:
        """Whether its packets come from one address only."""
        return len(self.networks) == 1 and self.networks[0].num_addresses == 1

    @property
    def takes_challenges(self) -> bool:
        """Whether an Access-Challenge reaches the person."""
        return self.form in (Form.CHALLENGE, Form.EITHER)


@dataclass(frozen=True, slots=True)
class Nas:
    """One NAS with its secrets, the valid one first.

    Attributes:
        name, title: the application's.
        signed: it has sent Message-Authenticator before.
        place_matters: its policy depends on where people come from.
    """

    application_id: ApplicationId
    settings: NasSettings
    secrets: tuple[bytes, ...] = field(repr=False)
    name: str = ""
    title: str = ""
    signed: bool = False
    place_matters: bool = True

    @property
    def must_sign(self) -> bool:
        """Whether an Access-Request without Message-Authenticator is dropped (R2)."""
        return self.signed or self.settings.message_authenticator is Signing.REQUIRED


def clash(one: NasSettings, other: NasSettings) -> str:
    """Return which setting makes two NAS look alike to us, "" if nothing does."""
    if set(one.networks) & set(other.networks) and one.nas_identifier == other.nas_identifier:
        return "networks"
    if one.certificate_name and one.certificate_name == other.certificate_name:
        return "certificate_name"
    return ""
