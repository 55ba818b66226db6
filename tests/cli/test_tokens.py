"""`portvakt token`: from the maker's file to the shredder, and never a seed in what is said or recorded."""

import base64
import json
import subprocess
import sys

import pytest

from mfa import OneTimePasswordResponse, verify
from tests.cli.conftest import ROOT
from tests.support.tokens import RFC_SEED, Device, counter_seed

PSKC = """<?xml version="1.0"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">{packages}</KeyContainer>"""
PACKAGE = """<KeyPackage><DeviceInfo><Manufacturer>Feitian</Manufacturer><SerialNo>{serial}</SerialNo></DeviceInfo>
<Key Id="{serial}" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"><AlgorithmParameters>
<ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters><Data><Secret><PlainValue>{seed}</PlainValue>
</Secret><Counter><PlainValue>0</PlainValue></Counter></Data></Key></KeyPackage>"""
SEED = base64.b64encode(RFC_SEED).decode()


def pskc(installation, *serials):
    seeds = [RFC_SEED, *(RFC_SEED + bytes([number]) for number in range(1, 9))]
    packages = "".join(
        PACKAGE.format(serial=serial, seed=base64.b64encode(seed).decode())
        for serial, seed in zip(serials, seeds, strict=False)
    )
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


def test_other_lists_are_read_as_they_are_declared(installed):
    hexadecimal = RFC_SEED.hex()
    oath = str(installed.write("oath.csv", f"OA-1,{hexadecimal},totp,8,60\n"))
    yubico = str(installed.write("yubico.csv", f"508327,,0,{hexadecimal},,2013-12-12T08:41:07,\n"))
    vendor = str(installed.write("vendor.csv", f"Nr;Key\nV-1;{hexadecimal}\n"))
    mapping = installed.write(
        "map.toml", 'separator = ";"\nskip_lines = 1\n[columns]\nserial = 1\nseed = 2\n'
    )
    shown = installed.portvakt(
        "token", "import", oath, "--format", "oath", "--algorithm", "SHA256", "--preview"
    )
    assert "OA-1    totp  8       SHA256     60" in shown.out
    assert hexadecimal not in shown.out
    installed.portvakt("token", "import", oath, "--format", "oath", "--algorithm", "SHA256")
    installed.portvakt("token", "import", yubico, "--format", "yubico")
    said = installed.portvakt("token", "import", vendor, "--format", "csv", code=1).err
    assert "--mapping belong together" in said
    installed.portvakt("token", "import", vendor, "--format", "csv", "--mapping", str(mapping))
    assert states(installed) == {"508327": "in_stock", "OA-1": "in_stock", "V-1": "in_stock"}


def test_a_token_is_brought_back_in_step_and_a_label_written(installed):
    login = installed.administrator()
    installed.portvakt("token", "import", pskc(installed, "FTK-0001"))
    installed.portvakt("token", "hand-out", "FTK-0001", login)
    button = Device(counter_seed())
    button.press(100)
    first, second = button.press(), button.press()
    said = installed.portvakt("token", "resync", login, second, first, code=1).err
    assert "one after the other" in said
    assert "in step" in installed.portvakt("token", "resync", login, first, second).out
    assert opens(installed, login, button.press())
    label = installed.portvakt("token", "label", "ftk0001").out
    assert label.startswith("<svg ")
    assert "FTK-0001" in label
    assert "Ekviks kommun" in label
    assert login not in label


def test_locks_are_said_and_opened(anywhere):
    login = anywhere.administrator()
    for _ in range(5):
        assert not opens(anywhere, login, "000000")
    (locked,) = anywhere.portvakt("account", "show", login, "--json").json["locked"]
    assert locked.startswith("one-time passwords until ")
    said = anywhere.portvakt("account", "unlock", login, "--reason", "it was me").out
    assert said.startswith("one-time passwords: was locked until ")
    assert anywhere.portvakt("account", "show", login, "--json").json["locked"] == []
    assert "Nothing of anna.berg is locked" in anywhere.portvakt("account", "unlock", login).out
    shown = anywhere.portvakt("audit", "show", "--json").json
    (event,) = [event for event in shown if event["type"] == "signin.unlocked"]
    assert event["reason"] == "it was me"


def test_a_list_is_read_from_standard_input_as_it_comes_out_of_gpg(installed):
    token = f'<Token serial="SN1"><Applications><Application><Seed>{"ab" * 20}</Seed><MovingFactor>3</MovingFactor>'
    document = f"<Tokens>{token}</Application></Applications></Token></Tokens>".encode()
    command = [sys.executable, "-m", "idp", "token", "import", "-", "--format", "safenet", "--preview"]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    for content, code, words in (
        (document, 0, b"SN1"),
        (b"-----BEGIN PGP MESSAGE-----", 1, b"gpg --decrypt"),
    ):
        done = subprocess.run(
            command,
            cwd=installed.folder,
            env=environment,
            input=content,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert words in done.stdout + done.stderr
