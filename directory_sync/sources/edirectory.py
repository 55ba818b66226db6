"""Novell and NetIQ eDirectory: GUID, loginDisabled, loginExpirationTime, error words of NMAS.

A lock by the intruder detection (`lockedByIntruder`) passes by itself and is told at the bind. Followed by
`modifyTimestamp`: persistent search tells no position to go on from after a cut.
"""

from directory_sync.account_state import AccountState, StateRule
from directory_sync.attribute_mapping import AttributeMapping, GroupMapping, PersonMapping
from directory_sync.attribute_values import Attributes
from directory_sync.generalized_time import parse_generalized_time
from directory_sync.profile import Mechanism, Profile

DISABLED, EXPIRES = "loginDisabled", "loginExpirationTime"
_SIZE = 16


def guid_key(raw: bytes) -> str:
    """Sixteen bytes as 32 digits, in the order in which they are stored."""
    if len(raw) != _SIZE:
        raise ValueError("a GUID has sixteen bytes")
    return raw.hex()


def guid_filter(key: str) -> str:
    """Each byte escaped, as a filter takes binary values (RFC 4515 §3)."""
    return "".join(f"\\{byte:02x}" for byte in bytes.fromhex(key))


def _state(attributes: Attributes) -> AccountState:
    disabled = any(value.casefold() == "true" for value in attributes.get(DISABLED.lower(), ()))
    ends = attributes.get(EXPIRES.lower())
    return AccountState(
        "the login is disabled" if disabled else None,
        DISABLED if disabled else None,
        parse_generalized_time(ends[0]) if ends else None,
        EXPIRES if ends else None,
    )


EDIRECTORY = Profile(
    name="edirectory",
    title="NetIQ eDirectory",
    key_attribute="GUID",
    canonical_key=guid_key,
    key_filter_value=guid_filter,
    person_filter="(objectClass=inetOrgPerson)",
    mapping=AttributeMapping(
        # `cn` is the login, and may be there twice in two containers: a conflict, which a human decides.
        person=PersonMapping(login="cn", employee_number="workforceID", unit_code="ou", language="Language"),
        group=GroupMapping(name="cn", members="member"),
        state=StateRule((DISABLED, EXPIRES), _state),
    ),
    mechanisms=(Mechanism.TIMESTAMP, Mechanism.FULL),
    # NDS error numbers in the text of a refused bind.
    bind_words={
        "-220": "disabled",  # log account expired
        "-222": "expired",
        "-223": "expired",
        "-197": "locked",
        "-218": "disabled",  # outside the permitted hours
        "-219": "disabled",
    },
)
