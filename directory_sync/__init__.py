"""Directories in, plans out: reads who a directory lists, and works out what that means for accounts.

Imports neither `idp` nor `mfa` and knows no table: whoever keeps the accounts implements `AccountSink`. Passwords are
checked and changed by `directory_sync.ldap_bind`.
"""

from directory_sync.as_read import Remembered
from directory_sync.brake import Braked, BrakeSettings
from directory_sync.entry import BrokenEntry
from directory_sync.facts import AccountFacts, Holder, KnownGroup, KnownPerson, KnownRecord
from directory_sync.line_json import line_from_json, line_to_json
from directory_sync.lines import (
    Changed,
    Conflict,
    ConflictKind,
    FieldChange,
    GroupChanged,
    GroupCreated,
    GroupRemoved,
    Joiner,
    Leaver,
    Line,
    Mover,
    Party,
    Returned,
    UnitChanged,
    UnitCreated,
    UnitRemoved,
    kind_of,
)
from directory_sync.matching import login_folded, login_skeleton
from directory_sync.plan import Plan
from directory_sync.reading import Source
from directory_sync.record_json import (
    group_fingerprint,
    person_fingerprint,
    person_from_text,
    person_text,
    text_fingerprint,
)
from directory_sync.records import (
    EmploymentRecord,
    GroupRecord,
    Inactivity,
    PersonRecord,
    PersonRef,
    Protection,
    UnitRecord,
)
from directory_sync.run import Outcome, RunReport, RunSettings, Stage, synchronise
from directory_sync.settings import DirectorySettings, SettingsError, Timeouts
from directory_sync.settings_file import directory_settings
from directory_sync.sink import AccountSink, HeldLine, LeftOut, RunInProgress
from directory_sync.sources.ldap_source import LdapSource
from directory_sync.speech import Say, english, speaking
from directory_sync.wording import sentence

__all__ = [
    "AccountFacts",
    "AccountSink",
    "BrakeSettings",
    "Braked",
    "BrokenEntry",
    "Changed",
    "Conflict",
    "ConflictKind",
    "DirectorySettings",
    "EmploymentRecord",
    "FieldChange",
    "GroupChanged",
    "GroupCreated",
    "GroupRecord",
    "GroupRemoved",
    "HeldLine",
    "Holder",
    "Inactivity",
    "Joiner",
    "KnownGroup",
    "KnownPerson",
    "KnownRecord",
    "LdapSource",
    "Leaver",
    "LeftOut",
    "Line",
    "Mover",
    "Outcome",
    "Party",
    "PersonRecord",
    "PersonRef",
    "Plan",
    "Protection",
    "Remembered",
    "Returned",
    "RunInProgress",
    "RunReport",
    "RunSettings",
    "Say",
    "SettingsError",
    "Source",
    "Stage",
    "Timeouts",
    "UnitChanged",
    "UnitCreated",
    "UnitRecord",
    "UnitRemoved",
    "directory_settings",
    "english",
    "group_fingerprint",
    "kind_of",
    "line_from_json",
    "line_to_json",
    "login_folded",
    "login_skeleton",
    "person_fingerprint",
    "person_from_text",
    "person_text",
    "sentence",
    "speaking",
    "synchronise",
    "text_fingerprint",
]
