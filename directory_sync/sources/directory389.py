"""389 Directory Server: nsUniqueId, nsAccountLock, its own spelling of keys in content synchronisation.

There is no entryUUID unless a plug-in makes one, and it would not be RFC 4533's syncUUID here.
"""

import re

from ldap.filter import escape_filter_chars

from directory_sync.account_state import AccountState, StateRule
from directory_sync.attribute_mapping import AttributeMapping
from directory_sync.attribute_values import Attributes
from directory_sync.profile import Mechanism, Profile

_KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{8}){3}")
LOCK = "nsAccountLock"


def unique_id(raw: bytes) -> str:
    """Four groups of eight digits, in lower case."""
    text = raw.decode("ascii").lower()
    if not _KEY.fullmatch(text):
        raise ValueError("not an nsUniqueId")
    return text


def unique_id_of_uuid(text: str) -> str:
    """The same 32 digits as a syncUUID, grouped as an nsUniqueId."""
    digits = text.replace("-", "").lower()
    return "-".join(digits[at : at + 8] for at in range(0, 32, 8))


def _state(attributes: Attributes) -> AccountState:
    if any(value.strip().casefold() == "true" for value in attributes.get(LOCK.lower(), ())):
        return AccountState("the account is locked", LOCK)
    return AccountState()


DIRECTORY_389 = Profile(
    name="389ds",
    title="389 Directory Server",
    key_attribute="nsUniqueId",
    canonical_key=unique_id,
    key_filter_value=escape_filter_chars,
    person_filter="(objectClass=inetOrgPerson)",
    mapping=AttributeMapping(state=StateRule((LOCK,), _state)),
    mechanisms=(Mechanism.SYNCREPL, Mechanism.REFRESH_ONLY, Mechanism.TIMESTAMP, Mechanism.FULL),
    key_of_sync_uuid=unique_id_of_uuid,
    # It tells each deletion or demands a new refresh, and never sets refreshDeletes at the end.
    lists_what_remains=False,
    # What it refreshes from its change log has none of the operational attributes: no key, and no lock.
    refresh_is_whole=False,
    bind_words={
        "account inactivated": "disabled",
        "password expired": "expired",
        "exceed password retry limit": "locked",
    },
)
