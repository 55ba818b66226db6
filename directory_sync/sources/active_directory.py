"""Active Directory, and Samba as its domain controller: objectGUID, userAccountControl, accountExpires, error words.

Owns what differs from other products (MS-ADTS). A lock after wrong passwords (`lockoutTime`) passes by itself and is
told at the bind; bit 0x10 of userAccountControl is not kept by the server and is not looked at.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from directory_sync.account_state import AccountState, StateRule
from directory_sync.attribute_mapping import AttributeMapping, PersonMapping, PrimaryGroup, UnitMapping
from directory_sync.attribute_values import Attributes
from directory_sync.profile import Mechanism, PasswordChange, Profile

_DISABLED = 0x2
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_SID_HEAD = 8
CONTROL, EXPIRES = "userAccountControl", "accountExpires"


def guid_key(raw: bytes) -> str:
    """The text form of a GUID: its first three parts are stored with the low byte first (MS-DTYP 2.3.4.2)."""
    return str(UUID(bytes_le=raw))


def guid_filter(key: str) -> str:
    """Each byte escaped, as a filter takes binary values (RFC 4515 §3)."""
    return "".join(f"\\{byte:02x}" for byte in UUID(key).bytes_le)


def sid_text(raw: bytes) -> str:
    """S-1-5-21-…-RID (MS-DTYP 2.4.2.1)."""
    if len(raw) < _SID_HEAD or len(raw) != _SID_HEAD + 4 * raw[1]:
        raise ValueError("not a SID")
    parts = [int.from_bytes(raw[at : at + 4], "little") for at in range(_SID_HEAD, len(raw), 4)]
    return "-".join(["S", str(raw[0]), str(int.from_bytes(raw[2:8], "big")), *map(str, parts)])


def expires_at(filetime: str) -> datetime | None:
    """None for each way to say never: 0, 2^63-1, and whatever lies beyond the year 9999 (MS-ADA1 2.2)."""
    ticks = int(filetime)
    if ticks <= 0:
        return None
    try:
        return _FILETIME_EPOCH + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None


def _state(attributes: Attributes) -> AccountState:
    flags = int(attributes.get(CONTROL.lower(), ("0",))[0])
    expires = expires_at(attributes.get(EXPIRES.lower(), ("0",))[0])
    disabled, attribute = ("the account is disabled", CONTROL) if flags & _DISABLED else (None, None)
    return AccountState(disabled, attribute, expires, EXPIRES)


ACTIVE_DIRECTORY = Profile(
    name="active_directory",
    title="Active Directory",
    key_attribute="objectGUID",
    canonical_key=guid_key,
    key_filter_value=guid_filter,
    # Computers and trusts are users, too, but of no category “person”.
    person_filter="(&(objectCategory=person)(objectClass=user))",
    mapping=AttributeMapping(
        person=PersonMapping(
            login="sAMAccountName",
            employee_number="employeeNumber",
            unit_code="department",
            title="title",
            language="preferredLanguage",
        ),
        unit=UnitMapping(code="ou", name="description"),
        primary_group=PrimaryGroup("primaryGroupID", "objectSid"),
        state=StateRule((CONTROL, EXPIRES), _state),
    ),
    mechanisms=(Mechanism.DIRSYNC, Mechanism.USN, Mechanism.FULL),
    # The number of the Windows error in the text of a refused bind.
    bind_words={
        "data 532": "expired",
        "data 701": "disabled",
        "data 533": "disabled",
        "data 773": "must_change",
        "data 775": "locked",
        "data 530": "disabled",
        "data 531": "disabled",
    },
    ranged_members=True,
    # Without it every search from the domain's root ends with references to other naming contexts of the forest.
    search_controls=("1.2.840.113556.1.4.1339",),
    readable={"objectsid": sid_text},
    password_change=PasswordChange.UNICODE_PWD,
)
