"""What each product says when it refuses a bind, against a double that says it: no server of theirs can be had here.

Active Directory's and 389's words are tested against the real servers too, as far as those say them.
"""

import pytest

from directory_sync.ldap_bind import (
    BindAccepted,
    BindRejected,
    DirectoryUnavailable,
    Refused,
    RefusedChange,
    Rejection,
    change_password,
    check_password,
)
from directory_sync.settings_file import directory_settings
from tests.support.truncating_ldap import truncating

BASE = "o=x"
ANNA = f"cn=anna,{BASE}"
AD = "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {}, v3839"
WRONG, BUSY, UNWILLING, CONSTRAINT = 49, 51, 53, 19

SAID = [
    ("edirectory", WRONG, "NDS error: failed authentication (-669)", Rejection.WRONG),
    ("edirectory", WRONG, "NDS error: password expired (-222)", Rejection.EXPIRED),
    ("edirectory", WRONG, "NDS error: password expired (-223)", Rejection.EXPIRED),
    ("edirectory", UNWILLING, "NDS error: login lockout (-197)", Rejection.LOCKED),
    ("edirectory", UNWILLING, "NDS error: log account expired (-220)", Rejection.DISABLED),
    ("edirectory", UNWILLING, "NDS error: bad login time (-218)", Rejection.DISABLED),
    ("active_directory", WRONG, AD.format("52e"), Rejection.WRONG),
    ("active_directory", WRONG, AD.format("525"), Rejection.WRONG),
    ("active_directory", WRONG, AD.format("530"), Rejection.DISABLED),
    ("active_directory", WRONG, AD.format("531"), Rejection.DISABLED),
    ("active_directory", WRONG, AD.format("532"), Rejection.EXPIRED),
    ("active_directory", WRONG, AD.format("533"), Rejection.DISABLED),
    ("active_directory", WRONG, AD.format("701"), Rejection.DISABLED),
    ("active_directory", WRONG, AD.format("773"), Rejection.MUST_CHANGE),
    ("active_directory", WRONG, AD.format("775"), Rejection.LOCKED),
    ("389ds", UNWILLING, "Account inactivated. Contact system administrator.", Rejection.DISABLED),
    ("389ds", WRONG, "password expired!", Rejection.EXPIRED),
    ("389ds", CONSTRAINT, "Exceed password retry limit. Please try later.", Rejection.LOCKED),
    ("domino", WRONG, "Failed, invalid credentials for anna", Rejection.WRONG),
    ("openldap", WRONG, "", Rejection.WRONG),
]


def settings_of(kind, server):
    return directory_settings(
        {"kind": kind, "name": "town", "url": f"ldap://127.0.0.1:{server.port}", "base_dn": BASE,
         "bind_dn": f"cn=reader,{BASE}", "bind_password": "x"}
    )  # fmt: skip


@pytest.mark.parametrize(("kind", "code", "text", "reason"), SAID)
def test_L5_each_says_it_in_its_own_words(kind, code, text, reason):
    with truncating([], refusals={ANNA: (code, text)}) as server:
        assert check_password(settings_of(kind, server), ANNA, "secret") == BindRejected(reason)


@pytest.mark.parametrize("kind", ["edirectory", "active_directory", "389ds", "domino", "openldap"])
def test_what_says_nothing_of_the_password_is_no_refusal(kind):
    for code in (BUSY, UNWILLING):
        with truncating([], refusals={ANNA: (code, "too busy")}) as server:
            found = check_password(settings_of(kind, server), ANNA, "secret")
            assert isinstance(found, DirectoryUnavailable)
    with truncating([]) as server:
        assert check_password(settings_of(kind, server), ANNA, "secret") == BindAccepted()


def test_an_expired_password_cannot_be_changed_by_itself_and_that_is_said():
    with truncating([], refusals={ANNA: (WRONG, AD.format("532"))}) as server:
        found = change_password(settings_of("active_directory", server), ANNA, "old", "New-Secret-1")
    assert found == Refused(RefusedChange.OLD_EXPIRED)
