"""The municipality in a real slapd: who may see what, and what the password policy does."""

import base64

import ldap
import pytest
from ldap.controls import RequestControl
from ldap.controls.ppolicy import PasswordPolicyControl

from deploy.municipality.model import Municipality, Person
from deploy.municipality.slapd import BASE_DN, READER_DN, READER_PASSWORD, Slapd, SlapdError

PEOPLE = "(objectClass=ekvikPerson)"
SYNC_REQUEST, SYNC_DONE = "1.3.6.1.4.1.4203.1.9.1.1", "1.3.6.1.4.1.4203.1.9.1.3"
NEW_PASSWORD = "Alldeles-nytt-1"


def _connect(
    directory: Slapd, dn: str = READER_DN, password: str = READER_PASSWORD
) -> ldap.ldapobject.LDAPObject:
    connection = ldap.initialize(directory.url)
    connection.simple_bind_s(dn, password)
    return connection


def _policy_answer(directory: Slapd, person: Person) -> PasswordPolicyControl:
    connection = ldap.initialize(directory.url)
    message = connection.simple_bind(person.dn, person.password, serverctrls=[PasswordPolicyControl()])
    (control,) = connection.result3(message)[3]
    return control


def _by_slug(municipality: Municipality, slug: str) -> Person:
    return next(person for person in municipality.people if person.slug == slug)


def test_the_reader_sees_everyone_without_a_limit_and_no_password(
    directory: Slapd, municipality: Municipality
) -> None:
    reader = _connect(directory)
    found = reader.search_s(BASE_DN, ldap.SCOPE_SUBTREE, PEOPLE, ["*", "+"])
    assert {dn for dn, _ in found} == {person.dn for person in municipality.people}
    assert not any("userPassword" in attributes for _, attributes in found)
    uuids = {attributes["entryUUID"][0].decode() for _, attributes in found}
    assert uuids == {str(person.entry_uuid) for person in municipality.people}
    units = reader.search_s(BASE_DN, ldap.SCOPE_SUBTREE, "(objectClass=ekvikUnit)", ["1.1"])
    assert {dn for dn, _ in units} == {unit.dn for unit in municipality.organisation.units}


def test_nobody_else_may_read(directory: Slapd, municipality: Municipality) -> None:
    person = municipality.employees[0]
    own = _connect(directory, person.dn, person.password or "")
    assert len(own.search_s(person.dn, ldap.SCOPE_BASE)) == 1
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        own.search_s(BASE_DN, ldap.SCOPE_SUBTREE, PEOPLE)
    anonymous = ldap.initialize(directory.url)
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        anonymous.search_s(BASE_DN, ldap.SCOPE_SUBTREE, PEOPLE)


def test_everyone_binds_with_the_own_password_only(directory: Slapd, municipality: Municipality) -> None:
    first, second = municipality.employees[10:12]
    assert first.password != second.password
    _connect(directory, first.dn, first.password or "")
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        _connect(directory, first.dn, second.password or "")


def test_must_change_is_said_and_ends_with_a_change(directory: Slapd, municipality: Municipality) -> None:
    person = _by_slug(municipality, "must-change")
    assert _policy_answer(directory, person).error == 2  # changeAfterReset, draft-behera §6.2
    connection = _connect(directory, person.dn, person.password or "")
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        connection.search_s(person.dn, ldap.SCOPE_BASE)
    connection.passwd_s(person.dn, person.password, NEW_PASSWORD)
    _connect(directory, person.dn, NEW_PASSWORD).search_s(person.dn, ldap.SCOPE_BASE)


def test_an_expired_password_has_ten_more_uses(directory: Slapd, municipality: Municipality) -> None:
    assert _policy_answer(directory, _by_slug(municipality, "expired")).graceAuthNsRemaining == 9


def test_an_expired_password_without_grace_is_refused(directory: Slapd, municipality: Municipality) -> None:
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        _policy_answer(directory, _by_slug(municipality, "expired-no-grace"))


def test_a_locked_account_is_refused(directory: Slapd, municipality: Municipality) -> None:
    person = next(p for p in municipality.leavers if p.locked_since)
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        _connect(directory, person.dn, person.password or "")


@pytest.mark.parametrize("password", ["kort", "Nio-tecke"])
def test_a_weak_new_password_is_refused(directory: Slapd, municipality: Municipality, password: str) -> None:
    person = municipality.employees[20]
    connection = _connect(directory, person.dn, person.password or "")
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        connection.passwd_s(person.dn, person.password, password)


def test_nobody_changes_somebody_elses_password(directory: Slapd, municipality: Municipality) -> None:
    first, second = municipality.employees[30:32]
    connection = _connect(directory, first.dn, first.password or "")
    with pytest.raises((ldap.INSUFFICIENT_ACCESS, ldap.NO_SUCH_OBJECT)):
        connection.passwd_s(second.dn, None, NEW_PASSWORD)


def test_changes_and_data_survive_a_restart(directory: Slapd, municipality: Municipality) -> None:
    person = municipality.employees[40]
    directory.modify(f"dn:: {_base64(person.dn)}\nchangetype: modify\nreplace: sn\nsn: Nygift\n")
    directory.restart()
    ((_, attributes),) = _connect(directory).search_s(person.dn, ldap.SCOPE_BASE)
    assert attributes["sn"] == [b"Nygift"]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_change_that_slapd_refuses_is_an_error_that_says_so(directory: Slapd) -> None:
    with pytest.raises(SlapdError, match="No such object"):
        directory.modify(f"dn: uid=nobody,{BASE_DN}\nchangetype: delete\n")


def test_syncprov_answers_with_a_cookie(directory: Slapd) -> None:
    # syncRequestValue: mode refreshOnly, no cookie (RFC 4533 §2.2); the answer's value names the server's state.
    control = RequestControl(SYNC_REQUEST, criticality=True, encodedControlValue=b"0\x03\x0a\x01\x01")
    connection = _connect(directory)
    message = connection.search_ext(BASE_DN, ldap.SCOPE_SUBTREE, "(ou=system)", serverctrls=[control])
    raw = connection._l.result4(message, 1, 10, 1)
    (done,) = raw[3]
    assert done[0] == SYNC_DONE
    assert b"csn=" in done[2]


def test_ldaps_is_verified_against_the_own_authority(tmp_path_factory: pytest.TempPathFactory) -> None:
    from deploy.municipality.ldif import head  # only here
    from tests.municipality.conftest import REFERENCE  # only here

    server = Slapd(tmp_path_factory.mktemp("tls"), tls=True, address="127.0.0.7")
    server.load(head(REFERENCE, "tls"))
    with server:
        for trusted in (True, False):
            connection = ldap.initialize(server.tls_url)
            connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
            if trusted:
                connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(server.ca_file))
            connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
            if trusted:
                connection.simple_bind_s(READER_DN, READER_PASSWORD)
            else:
                with pytest.raises(ldap.SERVER_DOWN):
                    connection.simple_bind_s(READER_DN, READER_PASSWORD)
