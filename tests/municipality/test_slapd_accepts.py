"""What slapd 2.5 lets into a directory, and what it does not: the ground for the broken entries.

slapadd normalises values and never validates them, with and without -q: blank and even empty names
get in, text that is not UTF-8 does not, unless the attribute's syntax is an octet string. ldapadd
validates as well.
"""

import base64
from pathlib import Path

import ldap
import pytest

from deploy.municipality.ldif import head
from deploy.municipality.slapd import BASE_DN, READER_DN, READER_PASSWORD, Slapd, SlapdError
from tests.municipality.conftest import REFERENCE

LATIN_1 = base64.b64encode("Åsa".encode("latin-1")).decode()
BLANK = base64.b64encode(b" ").decode()

ACCEPTED_BY_SLAPADD = {
    "no name at all": "objectClass: account",
    "blank names": f"objectClass: inetOrgPerson\ncn:: {BLANK}\nsn:: {BLANK}",
    "empty names": "objectClass: inetOrgPerson\ncn:\nsn:",
    "octets that are not UTF-8": f"objectClass: inetOrgPerson\ncn: x\nsn: x\nekvikCallName:: {LATIN_1}",
    "a time without minutes": "objectClass: inetOrgPerson\ncn: x\nsn: x\nekvikEmploymentEnd: 2026112423Z",
    "a fraction with a comma": "objectClass: inetOrgPerson\ncn: x\nsn: x\nekvikEmploymentEnd: 20261124120000,5+0100",
    "the year zero": "objectClass: inetOrgPerson\ncn: x\nsn: x\nekvikEmploymentEnd: 00000101000000Z",
    "a zero octet": "objectClass: inetOrgPerson\ncn:: YQBi\nsn: x",
}
REFUSED_BY_SLAPADD = {
    "text that is not UTF-8": f"objectClass: inetOrgPerson\ncn:: {LATIN_1}\nsn: x",
    "no surname": "objectClass: inetOrgPerson\ncn: x",
    "a date without a time": "objectClass: inetOrgPerson\ncn: x\nsn: x\nekvikEmploymentEnd: 20261124",
    "an empty time": "objectClass: inetOrgPerson\ncn: x\nsn: x\nekvikEmploymentEnd:",
}
REFUSED_ONLINE = ("empty names",)


def _entry(body: str) -> str:
    # Values of one attribute stand together: in quick mode slapadd looks at the first run only.
    return f"dn: uid=x1,{BASE_DN}\nobjectClass: ekvikPerson\n{body}\nuid: x1\n"


@pytest.mark.parametrize("case", ACCEPTED_BY_SLAPADD)
@pytest.mark.parametrize("quick", [True, False])
def test_slapadd_accepts(empty_folder: Path, case: str, *, quick: bool) -> None:
    server = Slapd(empty_folder, durable=False)
    server.load([*head(REFERENCE, "x"), _entry(ACCEPTED_BY_SLAPADD[case])], quick=quick)
    with server:
        connection = ldap.initialize(server.url)
        connection.simple_bind_s(READER_DN, READER_PASSWORD)
        assert len(connection.search_s(BASE_DN, ldap.SCOPE_SUBTREE, "(objectClass=ekvikPerson)")) == 1


@pytest.mark.parametrize("case", REFUSED_BY_SLAPADD)
def test_slapadd_refuses(empty_folder: Path, case: str) -> None:
    with pytest.raises(SlapdError):
        Slapd(empty_folder, durable=False).load([*head(REFERENCE, "x"), _entry(REFUSED_BY_SLAPADD[case])])


def test_online_slapd_validates_too(empty_folder: Path) -> None:
    server = Slapd(empty_folder, durable=False)
    server.load(head(REFERENCE, "x"))
    with server:
        for case, body in ACCEPTED_BY_SLAPADD.items():
            addition = _entry(body).replace("objectClass", "changetype: add\nobjectClass", 1)
            if case in REFUSED_ONLINE:
                with pytest.raises(SlapdError, match="Invalid"):
                    server.modify(addition)
            else:
                server.modify(addition)
                server.modify(f"dn: uid=x1,{BASE_DN}\nchangetype: delete\n")
