"""`[applications.NAME.verification]`: what is read, what is refused, and the way there and back."""

import pytest

from idp.domain.errors import ConfigurationError
from idp.verification.asking_systems import Kind
from idp.verification.configuration import AskingExtension
from idp.verification.store import read_one

KEY = "applications.mainframe.verification"
SECRET = "0123456789abcdefghijklmnopqrstuv"


def parse(**table):
    return AskingExtension().parse(table, KEY)


def test_what_is_not_said_is_narrow():
    value = parse(secret=SECRET)
    assert value.settings.kinds == (Kind.ONE_TIME_PASSWORD,)
    assert value.settings.networks == ()
    assert SECRET not in repr(value)
    assert AskingExtension().dump(value) == {}


def test_it_goes_to_the_store_and_back(place):
    application_id = place.application("mainframe")
    extension = AskingExtension()
    table = {"kinds": ["temporary_code", "one_time_password"], "networks": ["192.0.2.0/28"]}
    with place.database.write() as uow:
        extension.write(uow, application_id, parse(**table, secret=SECRET))
        stored = extension.read(uow, application_id)
        assert extension.dump(stored) == {
            "kinds": ["one_time_password", "temporary_code"],
            "networks": ["192.0.2.0/28"],
        }
        assert stored == parse(**extension.dump(stored))
        (mac,) = read_one(uow, application_id).secret_macs
        # Applied again without a secret, the old one stays.
        extension.write(uow, application_id, parse())
        assert read_one(uow, application_id).secret_macs == (mac,)
        extension.write(uow, application_id, parse(secret=SECRET[::-1], previous_secret=SECRET))
        assert len(read_one(uow, application_id).secret_macs) == 2


def test_without_any_secret_it_is_refused(place):
    application_id = place.application("mainframe")
    with place.database.write() as uow, pytest.raises(ConfigurationError, match="secret: is missing"):
        AskingExtension().write(uow, application_id, parse())


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"secret": "short"}, "verification.secret: expected at least 32"),
        ({"secret": "a" * 40}, "verification.secret: expected at least 32"),
        ({"secret": SECRET, "kinds": []}, "verification.kinds"),
        ({"secret": SECRET, "kinds": ["password"]}, "verification.kinds"),
        ({"secret": SECRET, "networks": ["here"]}, "verification.networks"),
        ({"previous_secret": SECRET}, "previous_secret: expected secret beside it"),
        ({"secret": SECRET, "colour": 1}, "verification.colour"),
    ],
)
def test_wrong_tables_are_said_and_never_a_secret(table, words):
    with pytest.raises(ConfigurationError) as raised:
        parse(**table)
    assert words in str(raised.value)
    assert SECRET not in str(raised.value)
    assert "a" * 40 not in str(raised.value)
