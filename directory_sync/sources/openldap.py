"""OpenLDAP: entryUUID (RFC 4530), password policies of draft-behera, syncrepl."""

from ldap.filter import escape_filter_chars

from directory_sync.entry import uuid_key
from directory_sync.profile import Mechanism, Profile

OPENLDAP = Profile(
    name="openldap",
    title="OpenLDAP",
    key_attribute="entryUUID",
    canonical_key=uuid_key,
    key_filter_value=escape_filter_chars,
    person_filter="(objectClass=inetOrgPerson)",
    mechanisms=(Mechanism.SYNCREPL, Mechanism.REFRESH_ONLY, Mechanism.TIMESTAMP, Mechanism.FULL),
    cookie_from_context=True,
)
