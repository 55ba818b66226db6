"""portvakt.toml and the environment: every wrong key and value is named, whatever else is wrong."""

from datetime import timedelta
from ipaddress import ip_network

import pytest

from idp.domain.errors import ConfigurationError
from idp.settings import FILE_NAME, LogFormat, PasswordProfile, Settings, find_file, load


@pytest.fixture
def write(tmp_path):
    """Write a settings file beside a master key, and return its path."""
    (tmp_path / "master.key").write_text("key")

    def written(text: str = 'issuer = "https://login.example.se"\n'):
        file = tmp_path / FILE_NAME
        file.write_text(text)
        return file

    return written


def problems(file, environment=None) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        load(file, environment or {})
    return str(raised.value).splitlines()


def test_one_key_is_enough_and_the_defaults_are_safe(write, tmp_path):
    settings = load(write(), {})
    assert settings.issuer == "https://login.example.se"
    assert settings.database_url == f"sqlite:///{tmp_path}/portvakt.db"
    assert settings.database_file == tmp_path / "portvakt.db"
    assert settings.trusted_proxies == ()
    assert settings.outgoing.allowed_hosts == ()
    assert settings.outgoing.allowed_networks == ()
    assert settings.listen.host == "127.0.0.1"
    assert settings.sessions.absolute == timedelta(hours=12)
    assert settings.node


def test_every_key_can_be_set(write, tmp_path):
    settings = load(
        write(
            """
issuer = "https://login.example.se"
organisation = "Ekviks kommun"
contact = "it@ekvik.example"
help_text = "Ring 1234"
mail_domain = "Ekvik.example"
master_key = "master.key"
node = "one"
trusted_proxies = ["10.0.0.1", "2001:db8::/64"]
[listen]
host = "::1"
port = 9000
[database]
url = "postgresql://portvakt@localhost/portvakt"
[sessions]
absolute = "8h"
idle = "1h30m"
[passwords]
lanes = 4
profile = "rfc9106"
[outgoing]
allowed_hosts = ["Intranet.example.se"]
allowed_networks = ["127.0.0.2/32"]
[audit]
checkpoint_file = "checkpoints.jsonl"
[log]
level = "debug"
format = "text"
"""
        ),
        {},
    )
    assert settings.trusted_proxies == (ip_network("10.0.0.1"), ip_network("2001:db8::/64"))
    assert settings.database_url == "postgresql+psycopg://portvakt@localhost/portvakt"
    assert settings.database_file is None
    assert settings.sessions.idle == timedelta(minutes=90)
    assert settings.passwords.profile is PasswordProfile.RFC9106
    assert settings.outgoing.allowed_hosts == ("intranet.example.se",)
    assert settings.checkpoint_file == tmp_path / "checkpoints.jsonl"
    assert settings.log.format is LogFormat.TEXT
    assert settings.mail_domain == "ekvik.example"


def test_the_environment_goes_before_the_file(write):
    file = write('issuer = "https://login.example.se"\n[listen]\nport = 1\nhost = "127.0.0.3"\n')
    settings = load(
        file,
        {
            "PORTVAKT_LISTEN__PORT": "9001",
            "PORTVAKT_TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2",
            "PORTVAKT_ORGANISATION": "Ekvik",
            "PORTVAKT_SECRET_DATABASE": "postgresql://u:p@h/d",
            "PORTVAKT_DEMO_PORT": "1",
            "PORTVAKT_SETTINGS": str(file),
            "HOME": "/",
        },
    )
    assert (settings.listen.host, settings.listen.port) == ("127.0.0.3", 9001)
    assert settings.trusted_proxies == (ip_network("10.0.0.1"), ip_network("10.0.0.2"))
    assert settings.organisation == "Ekvik"


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("PORTVAKT_LISTEN_PORT", "PORTVAKT_LISTEN__PORT"),
        ("PORTVAKT_DATABASE_URL", "PORTVAKT_DATABASE__URL"),
        ("PORTVAKT_AUDIT_CHECKPOINT_FILE", "PORTVAKT_AUDIT__CHECKPOINT_FILE"),
    ],
)
def test_a_variable_with_one_underscore_too_few_is_told_how_it_is_spelt(write, variable, meant):
    found = problems(write('issuer = "https://login.example.se"\n'), {variable: "1"})
    assert found == [f"{variable}: is not a known key; did you mean {meant}?"]


@pytest.mark.parametrize("reference", ['{ env = "PORTVAKT_SECRET_URL" }', '{ file = "url" }'])
def test_the_database_address_can_be_a_reference(write, tmp_path, reference):
    url = "postgresql://u:canary@h/d"
    (tmp_path / "url").write_text(url + "\n")
    file = write(f'issuer = "https://login.example.se"\n[database]\nurl = {reference}\n')
    settings = load(file, {"PORTVAKT_SECRET_URL": url})
    assert settings.database_url == "postgresql+psycopg://u:canary@h/d"
    assert "canary" not in repr(settings)


def test_everything_wrong_is_said_at_once_and_names_its_key(write):
    file = write(
        """
isuer = "https://login.example.se"
mail_domain = "nodots"
trusted_proxies = ["anywhere"]
[listen]
port = 70000
prot = 1
[database]
url = "mysql://u:canary@h/d"
[sessions]
absolute = "1h"
idle = "2h"
[passwords]
lanes = "many"
profile = "fast"
[outgoing]
allowed_hosts = ["https://x.se"]
[log]
level = "loud"
[tabel]
"""
    )
    found = problems(
        file, {"PORTVAKT_LISTEN__HOST__X": "1", "PORTVAKT_LISTN__PORT": "1", "PORTVAKT_NODES": "x"}
    )
    assert [line.split(":")[0] for line in found] == [
        "PORTVAKT_LISTEN__HOST__X",
        "issuer",
        "database.url",
        "mail_domain",
        "trusted_proxies",
        "listen.port",
        "listen.prot",
        "sessions.idle",
        "passwords.lanes",
        "passwords.profile",
        "outgoing.allowed_hosts",
        "log.level",
        "isuer",
        "tabel",
        "PORTVAKT_LISTN__PORT",
        "PORTVAKT_NODES",
    ]
    text = "\n".join(found)
    assert "isuer: is not a known key; did you mean issuer?" in text
    assert "listen.prot: is not a known key; did you mean port?" in text
    assert "listen.port: expected a whole number from 1 to 65535, found 70000" in text
    assert "passwords.profile: expected one of owasp, rfc9106, found 'fast'" in text
    assert "canary" not in text


@pytest.mark.parametrize(
    ("issuer", "good"),
    [
        ("https://login.example.se", True),
        ("https://login.example.se:8443", True),
        ("http://localhost:8080", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://login.example.se", False),
        ("http://localhost.example.se", False),
        ("http://127.0.0.1.example.se", False),
        ("https://login.example.se/", False),
        ("https://login.example.se/idp", False),
        ("https://login.example.se?x", False),
        ("https://login.example.se#x", False),
        ("https://user@login.example.se", False),
        ("https://Login.example.se", False),
        ("https://login.example.se:99999", False),
        ("https://", False),
        ("ftp://login.example.se", False),
        ("login.example.se", False),
        ("", False),
    ],
)
def test_B8_the_issuer_is_a_https_origin_or_localhost(write, issuer, good):
    file = write(f'issuer = "{issuer}"\n')
    if good:
        assert load(file, {}).issuer == issuer
    else:
        assert [line.split(":")[0] for line in problems(file)] == ["issuer"]


def test_files_that_cannot_be_reached_are_named(write, tmp_path):
    (tmp_path / "master.key").unlink()
    file = write(
        'issuer = "https://login.example.se"\n[database]\nurl = "sqlite:///no/such/place.db"\n'
        '[audit]\ncheckpoint_file = "none/such.jsonl"\n'
    )
    found = problems(file)
    assert [line.split(":")[0] for line in found] == ["master_key", "database.url", "audit.checkpoint_file"]
    assert str(tmp_path / "master.key") in found[0]


@pytest.mark.parametrize("text", ["issuer = ", "\xff\xfe"])
def test_what_is_no_toml_is_said(tmp_path, text):
    file = tmp_path / FILE_NAME
    file.write_bytes(text.encode("latin-1"))
    assert "is not TOML" in problems(file)[0]


def test_no_file_is_said(tmp_path):
    assert "cannot be read" in problems(tmp_path / FILE_NAME)[0]


def test_the_file_is_looked_for_where_it_was_said_then_here(tmp_path):
    here = tmp_path / FILE_NAME
    here.write_text("")
    given, named = tmp_path / "given.toml", tmp_path / "named.toml"
    environment = {"PORTVAKT_SETTINGS": str(named)}
    assert find_file(given, environment, tmp_path) == given
    assert find_file(None, environment, tmp_path) == named
    assert find_file(None, {}, tmp_path) == here
    with pytest.raises(ConfigurationError, match="portvakt init"):
        find_file(None, {}, tmp_path / "empty")


def test_settings_cannot_be_changed(write):
    settings = load(write(), {})
    with pytest.raises(AttributeError):
        settings.issuer = "https://evil.example"  # type: ignore[misc]
    assert isinstance(settings, Settings)
