"""`[passkeys]`: a domain that browsers would take, whole origins, and metadata with its root."""

import pytest

from idp.domain.errors import ConfigurationError
from idp.settings import FILE_NAME, load

ISSUER = 'issuer = "https://login.example.se"\n[passkeys]\n'


@pytest.fixture
def write(tmp_path):
    """Write a settings file beside a master key."""
    (tmp_path / "master.key").write_text("key")

    def written(text):
        (tmp_path / FILE_NAME).write_text(ISSUER + text)
        return tmp_path / FILE_NAME

    return written


def test_the_domain_may_be_above_the_host_and_files_are_found_beside_the_settings(write, tmp_path):
    chosen = load(
        write('domain = "example.se"\norigins = ["https://other.example.se"]\n'
              'regressed_counter = "report"\nmetadata = "m.jwt"\nmetadata_root = "r.pem"\n'), {}
    ).passkeys  # fmt: skip
    assert (chosen.domain, chosen.origins) == ("example.se", ("https://other.example.se",))
    assert not chosen.refuse_regressed
    assert (chosen.metadata, chosen.metadata_root) == (tmp_path / "m.jwt", tmp_path / "r.pem")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('domain = "se"', "domain"),
        ('domain = "ample.se"', "domain"),
        ('domain = "other.example"', "domain"),
        ('origins = ["https://other.example.se/path"]', "origins"),
        ('origins = ["http://other.example.se"]', "origins"),
        ('metadata = "m.jwt"', "metadata"),
        ('regressed_counter = "ignore"', "regressed_counter"),
    ],
)
def test_W2_what_would_open_it_wider_is_refused(write, text, key):
    with pytest.raises(ConfigurationError, match=f"passkeys.{key}"):
        load(write(text + "\n"), {})
