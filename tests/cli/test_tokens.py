"""`portvakt token`: from the maker's file to the shredder, and never a seed in what is said or recorded."""

import base64
import json

import pytest

from mfa import OneTimePasswordResponse, verify
from tests.support.tokens import RFC_SEED, Device, counter_seed

PSKC = """<?xml version="1.0"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">{packages}</KeyContainer>"""
PACKAGE = """<KeyPackage><DeviceInfo><Manufacturer>Feitian</Manufacturer><SerialNo>{serial}</SerialNo></DeviceInfo>
<Key Id="{serial}" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"><AlgorithmParameters>
<ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters><Data><Secret><PlainValue>{seed}</PlainValue>
</Secret><Counter><PlainValue>0</PlainValue></Counter></Data></Key></KeyPackage>"""
SEED = base64.b64encode(RFC_SEED).decode()


def pskc(installation, *serials):
    packages = "".join(PACKAGE.format(serial=serial, seed=SEED) for serial in serials)
    return str(installation.write("tokens.xml", PSKC.format(packages=packages)))


def events(installation):
    shown = installation.portvakt("audit", "show", "--json").out
    return [event for event in json.loads(shown) if event["type"].startswith("hardware_token.")]


def states(installation):
    return {row["serial"]: row["state"] for row in installation.portvakt("token", "list", "--json").json}


def opens(installation, login, code):
    with installation.database() as database, database.write() as uow:
        account = uow.accounts.by_login(login)
        from datetime import UTC, datetime

        outcome = verify(uow.factors, account.id, OneTimePasswordResponse(code), datetime.now(UTC))
        return type(outcome).__name__ == "Accepted"


def test_a_token_from_the_file_to_a_persons_hand_and_back(anywhere):
    login = anywhere.administrator()
    file = pskc(anywhere, "FTK-0001", "FTK-0002")
    assert "would be taken in" in anywhere.portvakt("token", "import", file, "--preview").out
    assert states(anywhere) == {}
    assert "2 token(s) taken" in anywhere.portvakt("token", "import", file).out
    button = Device(counter_seed())
    anywhere.portvakt("token", "hand-out", "ftk 0001", login)
    assert opens(anywhere, login, button.press(2))
    assert "handed back" in anywhere.portvakt("token", "hand-back", "FTK-0001").out
    assert not opens(anywhere, login, button.press())
    anywhere.portvakt("token", "lost", "FTK-0002", "--reason", "not in the box")
    anywhere.portvakt("token", "destroy", "FTK-0002")
    assert states(anywhere) == {"FTK-0001": "handed_back", "FTK-0002": "destroyed"}
    refused = anywhere.portvakt("token", "hand-out", "FTK-0002", login, code=1).err
    assert "FTK-0002 is destroyed" in refused
    recorded = events(anywhere)
    assert len(recorded) == 6
    assert SEED not in str(recorded)
    assert RFC_SEED.decode() not in str(recorded)


def test_a_file_with_a_known_serial_number_is_refused_whole(installed):
    installed.portvakt("token", "import", pskc(installed, "FTK-0001"))
    for serials in (("FTK-0002", "ftk0001"), ("FTK-0003", "FTK-0003")):
        refused = installed.portvakt("token", "import", pskc(installed, *serials), code=1).err
        assert f"{serials[1]}: the serial number is known already" in refused
    assert states(installed) == {"FTK-0001": "in_stock"}


@pytest.mark.parametrize("verb", ["hand-back", "lost", "destroy"])
def test_an_unknown_serial_number_is_said(installed, verb):
    assert "no token has the serial number 'X'" in installed.portvakt("token", verb, "X", code=1).err


def test_K1_the_seed_is_not_readable_in_the_database(installed):
    installed.portvakt("token", "import", pskc(installed, "FTK-0001"))
    stored = (installed.folder / "portvakt.db").read_bytes()
    assert RFC_SEED not in stored
    assert SEED.encode() not in stored


def test_a_key_never_comes_from_the_command_line(installed):
    file = pskc(installed, "FTK-0001")
    key = str(installed.write("key.hex", "12345678901234567890123456789012\n"))
    assert "not encrypted" in installed.portvakt("token", "import", file, "--key-file", key, code=1).err
    bad = str(installed.write("key.hex", "not hexadecimal"))
    said = installed.portvakt("token", "import", file, "--key-file", bad, code=1).err
    assert "expected a key in hexadecimal" in said
    assert installed.portvakt("token", "import", file, "--key", "12", code=2)
