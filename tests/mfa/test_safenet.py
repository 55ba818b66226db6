"""SafeNet's XML of tokens, and files that are still encrypted with OpenPGP."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mfa import Algorithm, Digits, FactorKind
from mfa.seed_files import SeedFileError, SeedFormat, read_safenet, read_seeds

SEED = "3132333435363738393031323334353637383930"
TOKEN = """<Token serial="{serial}"><CaseModel>5</CaseModel><Model>101</Model>
<ProductionDate>02/19/2009</ProductionDate><ProductName>eToken PASS</ProductName>
<Applications><Application ConnectorID="{{ab1397d2}}">
<Seed>{seed}</Seed><MovingFactor>{counter}</MovingFactor></Application></Applications></Token>"""


def document(*tokens: str) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return f"{head}<Tokens>{''.join(tokens)}</Tokens>".encode()


def token(serial: str = "00040008CFA5", seed: str = SEED, counter: str = "1") -> str:
    return TOKEN.format(serial=serial, seed=seed, counter=counter)


def test_tokens_of_both_hashes():
    first, second = read_safenet(document(token(), token("00040008CFA6", SEED + "00" * 12, "7")))
    assert (first.serial, first.kind, first.digits) == ("00040008CFA5", FactorKind.HOTP, Digits.SIX)
    assert (first.secret.hex(), first.counter, first.algorithm) == (SEED, 1, Algorithm.SHA1)
    assert (first.manufacturer, first.model) == ("SafeNet", "eToken PASS")
    assert (second.counter, second.algorithm) == (7, Algorithm.SHA256)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (document(), "0 tokens"),
        (b"<Other/>", "not SafeNet"),
        (b"<!DOCTYPE Tokens><Tokens/>", "document type"),
        (b"<Tokens>", "well-formed"),
        (document(token(seed="12341235")), "4 bytes"),
        (document(token(seed="xyz")), "hexadecimal"),
        (document(token(counter="-1")), "MovingFactor"),
        (document(token().replace("<Model>101</Model>", "<Pin>1</Pin>")), "'Pin' is not understood"),
        (document(token().replace("<Seed>", "<Interval>30</Interval><Seed>")), "Interval"),
        (document(token(), token("2")), "same seed"),
        (document(token().replace("<Applications>", "").replace("</Applications>", "")), "Application"),
        (document(token(serial="")), "serial"),
    ],
)
def test_what_is_not_understood_refuses_the_file(content, words):
    with pytest.raises(SeedFileError) as raised:
        read_safenet(content)
    assert words in str(raised.value)
    assert SEED not in str(raised.value)


#: As GnuPG 2.2 writes them: to a passphrase, to a public key; and other framings of RFC 9580.
ENCRYPTED = [
    bytes.fromhex("8c0d0409030 2d93d8ab449a27becffd24401577 8d36846e58e5787f25893".replace(" ", "")),
    b"-----BEGIN PGP MESSAGE-----\n\njA0ECQMCu5/unFMz75H/0kQBx50L9sf6BIGGSvhPxdb6\n",
    b"\x85\x02\x0c\x03" + b"\x8e" * 40,
    b"\x84\x5e\x03" + b"\x8e" * 40,
    b"\xc1\xc1\x03" + b"\x8e" * 40,
]


@pytest.mark.parametrize("form", SeedFormat)
@pytest.mark.parametrize("content", ENCRYPTED)
def test_a_list_encrypted_with_openpgp_is_refused_with_what_to_do(form, content):
    with pytest.raises(SeedFileError, match=r"gpg --decrypt FILE \| portvakt token import -"):
        read_seeds(form, content, mapping='kind = "hotp"\n[columns]\nserial = 1\nseed = 2')


@given(st.text())
@example("Återförsäljare;Serienummer")
@example("Ãa;b")
def test_no_text_is_taken_for_an_encrypted_message(text):
    if any(ord(one) in range(3, 7) for one in text):
        return
    with pytest.raises(SeedFileError) as raised:
        read_safenet(text.encode())
    assert "OpenPGP" not in str(raised.value)
