"""What is known of products beforehand: how each asks for a code, whether it signs, and which attribute names groups.

A form is filled in with it and may be changed at will; nothing of it is kept but what the form says then.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.radius.credentials import Form
from idp.radius.nas import NasSettings, ReplyRule, Signing


@dataclass(frozen=True, slots=True)
class Product:
    """One product: its name, and what a NAS of its kind is like."""

    title: str
    settings: NasSettings


def _rules(*rules: tuple[str, str]) -> tuple[ReplyRule, ...]:
    return tuple(ReplyRule(attribute, value) for attribute, value in rules)


PRODUCTS: Mapping[str, Product] = {
    "cisco": Product(
        "Cisco ASA, Secure Firewall", NasSettings(replies=_rules(("ASA-Group-Policy", "staff")))
    ),
    "fortinet": Product("FortiGate", NasSettings(replies=_rules(("Fortinet-Group-Name", "staff")))),
    "paloalto": Product(
        "Palo Alto GlobalProtect", NasSettings(replies=_rules(("PaloAlto-User-Group", "staff")))
    ),
    "citrix": Product("Citrix NetScaler", NasSettings(replies=_rules(("Citrix-User-Groups", "staff")))),
    "mikrotik": Product(
        "MikroTik RouterOS", NasSettings(form=Form.APPENDED, replies=_rules(("Mikrotik-Group", "staff")))
    ),
    "openvpn": Product(
        "OpenVPN",
        NasSettings(form=Form.APPENDED, message_authenticator=Signing.UNABLE, disconnect_port=0),
    ),
    "ocserv": Product("ocserv", NasSettings(message_authenticator=Signing.UNABLE, disconnect_port=0)),
    "sshd": Product("sshd (PAM)", NasSettings(message_authenticator=Signing.UNABLE, disconnect_port=0)),
    "wireless": Product(
        "FreeRADIUS (802.1X)",
        NasSettings(
            disconnect_port=0,
            replies=_rules(
                ("Tunnel-Type", "VLAN"),
                ("Tunnel-Medium-Type", "IEEE-802"),
                ("Tunnel-Private-Group-Id", "120"),
            ),
        ),
    ),
}
