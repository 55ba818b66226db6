"""DNs are the same when they mean the same (RFC 4514)."""

from contextlib import suppress

import ldap.dn
import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory_sync.dn import format_dn, is_within, normal_dn, parse_dn


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("uid=Anna,OU=People,dc=Ekvik", "UID=anna,ou=people,DC=EKVIK"),
        ("uid=anna, ou = people ,dc=ekvik", "uid=anna,ou=people,dc=ekvik"),
        (r"cn=Andersson\, Anna,dc=x", r"cn=Andersson\2C Anna,dc=x"),
        ("cn=Åsa,dc=x", r"cn=\C3\85sa,dc=x"),
        ("cn=A\u030asa,dc=x", "cn=Åsa,dc=x"),
        ("cn=a+sn=b,dc=x", "sn=B+cn=A,dc=x"),
        ("cn=Anna  Berg,dc=x", "cn=Anna Berg,dc=x"),
        ('cn="Andersson, Anna",dc=x', r"cn=Andersson\, Anna,dc=x"),
        ("cn=a;dc=x", "cn=a,dc=x"),
        (r"cn=a\ ,dc=x", "cn=a,dc=x"),
    ],
)
def test_two_spellings_of_one_dn(one, other):
    assert normal_dn(one) == normal_dn(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("uid=anna,dc=x", "uid=anna,dc=y"),
        (r"cn=a\,dc=x", "cn=a,dc=x"),
        ("cn=a,cn=b", "cn=b,cn=a"),
        (r"cn=a\+sn=b,dc=x", "cn=a+sn=b,dc=x"),
    ],
)
def test_two_different_dns(one, other):
    assert normal_dn(one) != normal_dn(other)


@pytest.mark.parametrize("text", ["anna", "=x", "uid=a,,dc=x", "uid=a,", r"cn=\FF,dc=x", "1bad-=x", 'cn="a'])
def test_what_is_no_dn_is_refused(text):
    with pytest.raises(ValueError):
        normal_dn(text)


def test_the_root_is_the_empty_dn():
    assert parse_dn("") == ()
    assert normal_dn(" ") == ""


def test_what_lies_within():
    entry = normal_dn(r"cn=Berg\, Anna,ou=People,dc=Ekvik")
    assert is_within(entry, "dc=ekvik")
    assert is_within(entry, entry)
    assert is_within(entry, "")
    assert not is_within("dc=ekvik", entry)
    assert not is_within(normal_dn("uid=a,dc=notekvik"), "dc=ekvik")
    assert not is_within(normal_dn(r"uid=a\,dc=ekvik"), "dc=ekvik")


values = st.text(min_size=1, max_size=12).filter(lambda v: v.strip() and "\0" not in v and v.isprintable())
rdns = st.lists(st.tuples(st.sampled_from(["cn", "OU", "dc", "2.5.4.3"]), values), min_size=1, max_size=4)


@given(rdns)
def test_the_parts_are_those_that_libldap_finds(parts):
    text = ",".join(f"{kind}={ldap.dn.escape_dn_chars(value)}" for kind, value in parts)
    theirs = [[kind.lower() for kind, _, _ in rdn] for rdn in ldap.dn.str2dn(text)]
    assert [[kind for kind, _ in rdn] for rdn in parse_dn(text)] == theirs


@given(rdns)
def test_normalising_twice_is_normalising_once(parts):
    text = ",".join(f"{kind}={ldap.dn.escape_dn_chars(value)}" for kind, value in parts)
    once = normal_dn(text)
    assert normal_dn(once) == once
    assert format_dn(parse_dn(once)) == once


@given(st.text(max_size=40))
def test_any_text_is_a_dn_or_a_value_error(text):
    with suppress(ValueError):
        assert normal_dn(normal_dn(text)) == normal_dn(text)
