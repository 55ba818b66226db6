"""What holds for every product, whatever its profile says: L1, L2, L8, and that a profile can be described."""

import socket
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from directory_sync.ldap_bind import BindRejected, Rejection, check_password, check_password_by_key
from directory_sync.reading import EntryKind
from directory_sync.settings import SettingsError
from directory_sync.settings_file import directory_settings
from directory_sync.sources.ldap_source import key_filter
from directory_sync.sources.profiles import PROFILES

NOW = datetime(2026, 11, 24, tzinfo=UTC)
BASE = "dc=ekvik,dc=example"
KINDS = sorted(PROFILES)
HOSTILE = [
    "*",
    "a*",
    ")(uid=*",
    "\\2a",
    "\0",
    "admin)(&",
    ',+"\\<>;#',
    "00000000-0000-0000-0000-000000000000",
]


def settings_of(kind: str, port: int = 9, **changes: object):
    told = {"kind": kind, "name": "town", "url": f"ldap://127.0.0.1:{port}", "base_dn": BASE,
            "bind_dn": f"cn=x,{BASE}", "bind_password": "x", "timeouts": {"connect": 0.5, "sign_in": 0.5}}  # fmt: skip
    return directory_settings({**told, **changes})


@pytest.fixture
def door():
    """A port, and how often somebody came to it."""
    calls = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def count():
            while True:
                try:
                    calls.append(listener.accept())
                except OSError:
                    return

        threading.Thread(target=count, daemon=True).start()
        yield listener.getsockname()[1], calls
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("password", ["", "\0", "   ", "\u3000", "\ud800"])
def test_L1_F74_an_empty_password_never_reaches_the_directory(door, kind, password):
    port, calls = door
    settings = settings_of(kind, port)
    assert check_password_by_key(settings, "some key", password, NOW) == BindRejected(Rejection.WRONG)
    assert check_password(settings, f"cn=anna,{BASE}", password) == BindRejected(Rejection.WRONG)
    assert calls == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", HOSTILE)
def test_L2_F75_any_text_is_one_value_in_the_filter(kind, key):
    settings = settings_of(kind)
    made = key_filter(settings, key)
    head = f"(&{settings.person_filter}({settings.profile.key_attribute}="
    assert made.startswith(head)
    assert made.endswith("))")
    value = made.removeprefix(head).removesuffix("))")
    assert not set(value) & set("*()\0")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", [["a"], {"a": 1}, b"a", None])
def test_L2_F75_only_text_is_taken(kind, key):
    with pytest.raises(TypeError):
        key_filter(settings_of(kind), key)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", ["role", "administrator", "mfa_exempt", "state", "primary_group"])
def test_L8_no_setting_gives_a_role_or_an_exemption(kind, field):
    with pytest.raises(SettingsError, match="no such setting"):
        settings_of(kind, mapping={"person": {field: "title"}})


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_is_named_is_asked_for_and_no_password_ever_is(kind):
    settings = settings_of(kind)
    for entry in EntryKind:
        asked = {name.lower() for name in settings.profile.wanted_attributes(entry, settings.mapping)}
        assert settings.profile.key_attribute.lower() in asked
        assert not asked & {"userpassword", "unicodepwd", "*", "+", "sambantpassword"}


@pytest.mark.parametrize("kind", [*KINDS, "personnel_file"])
def test_every_kind_is_described(kind):
    page = Path(__file__).parents[2] / "docs" / "administrators" / "directories.md"
    assert f"`{kind}`" in page.read_text(encoding="utf-8")
