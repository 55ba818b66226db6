"""HCL Domino: dominoUNID, and who is shut out by being in a group ("deny access").

Domino neither pages reliably nor tells of changes: it is read whole, every now and then. Whether it shows dominoUNID is
found out (its root DSE lists 2.16.840.1.113678.2.2.2.2.1354, and the list of readable fields may hide it).
"""

import re

from ldap.filter import escape_filter_chars

from directory_sync.account_state import NO_STATE
from directory_sync.attribute_mapping import AttributeMapping, GroupMapping, PersonMapping
from directory_sync.profile import Mechanism, Profile

_KEY = re.compile(r"[0-9A-F]{32}")
GROUPS = "dominoAccessGroups"


def unid(raw: bytes) -> str:
    """32 digits, in upper case as Domino writes them."""
    text = raw.decode("ascii").strip().upper()
    if not _KEY.fullmatch(text):
        raise ValueError("not a dominoUNID")
    return text


DOMINO = Profile(
    name="domino",
    title="HCL Domino",
    key_attribute="dominoUNID",
    canonical_key=unid,
    key_filter_value=escape_filter_chars,
    person_filter="(objectClass=dominoPerson)",
    mapping=AttributeMapping(
        person=PersonMapping(
            login="uid", employee_number="employeeID", unit_code="department", language=None
        ),
        group=GroupMapping(name="cn", members="member"),
        state=NO_STATE,
    ),
    mechanisms=(Mechanism.FULL,),
    pages=False,
)
