"""RFC 6030: its own examples, and everything that a strict reader refuses."""

import re
from datetime import UTC, datetime

import pytest

from mfa import Algorithm, Digits, FactorKind, seed_files
from mfa.authenticators import Period
from mfa.seed_files import PreSharedKey, SeedFileError, SeedFilePassword, read_pskc
from tests.support.tokens import RFC_SEED

KEY = PreSharedKey(bytes.fromhex("12345678901234567890123456789012"))
NAMES = (
    'xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" '
    'xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" '
    'xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#"'
)
HMAC_SHA1 = "http://www.w3.org/2000/09/xmldsig#hmac-sha1"
AES128 = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
PLAIN_SECRET = "<PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue>"


def encrypted(value: str, algorithm: str = AES128) -> str:
    return (
        f'<xenc:EncryptionMethod Algorithm="{algorithm}"/>'
        f"<xenc:CipherData><xenc:CipherValue>\n {value} </xenc:CipherValue></xenc:CipherData>"
    )


def package(
    secret: str = PLAIN_SECRET,
    *,
    serial: str = "987654321",
    algorithm: str = "hotp",
    parameters: str = '<ResponseFormat Length="8" Encoding="DECIMAL"/>',
    data: str = "<Counter><PlainValue>0</PlainValue></Counter>",
    policy: str = "",
) -> str:
    return f"""<KeyPackage>
      <DeviceInfo><Manufacturer>Manufacturer</Manufacturer><SerialNo>{serial}</SerialNo></DeviceInfo>
      <CryptoModuleInfo><Id>CM_ID_001</Id></CryptoModuleInfo>
      <Key Id="12345678" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:{algorithm}">
        <Issuer>Issuer</Issuer><AlgorithmParameters>{parameters}</AlgorithmParameters>
        <Data><Secret>{secret}</Secret>{data}</Data>{policy}
      </Key></KeyPackage>"""


def container(*packages: str, head: str = "", version: str = "1.0") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><KeyContainer Version="{version}" {NAMES}>'
        f"{head}{''.join(packages or (package(),))}</KeyContainer>"
    ).encode()


SHARED_HEAD = (
    "<EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></EncryptionKey>"
    f'<MACMethod Algorithm="{HMAC_SHA1}"><MACKey>'
    f"{encrypted('ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX')}</MACKey></MACMethod>"
)
SHARED_SECRET = (
    f"<EncryptedValue>{encrypted('AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv')}"
    "</EncryptedValue><ValueMAC>Su+NvtQfmvfJzF6bmQiJqoLRExc=\n</ValueMAC>"
)
PASSWORD_HEAD = (
    "<EncryptionKey><xenc11:DerivedKey>"
    '<xenc11:KeyDerivationMethod Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2">'
    "<pkcs5:PBKDF2-params><Salt><Specified>Ej7/PEpyEpw=</Specified></Salt>"
    "<IterationCount>1000</IterationCount><KeyLength>16</KeyLength><PRF/></pkcs5:PBKDF2-params>"
    "</xenc11:KeyDerivationMethod><xenc11:MasterKeyName>My Password 1</xenc11:MasterKeyName>"
    "</xenc11:DerivedKey></EncryptionKey>"
    f'<MACMethod Algorithm="{HMAC_SHA1}"><MACKey>'
    f"{encrypted('2GTTnLwM3I4e5IO5FkufoOEiOhNj91fhKRQBtBJYluUDsPOLTfUvoU2dStyOwYZx')}</MACKey></MACMethod>"
)
PASSWORD_SECRET = (
    f"<EncryptedValue>{encrypted('oTvo+S22nsmS2Z/RtcoF8Hfh+jzMe0RkiafpoDpnoZTjPYZu6V+A4aEn032yCr4f')}"
    "</EncryptedValue><ValueMAC>LP6xMvjtypbfT9PdkJhBZ+D6O4w=</ValueMAC>"
)


def problems(content: bytes, key: seed_files.FileKey | None = None) -> str:
    with pytest.raises(SeedFileError) as raised:
        read_pskc(content, key)
    return "\n".join(raised.value.problems)


def test_figure_3_plain():
    (seed,) = read_pskc(container())
    assert seed.secret == RFC_SEED
    assert (seed.serial, seed.manufacturer, seed.kind) == ("987654321", "Manufacturer", FactorKind.HOTP)
    assert (seed.digits, seed.algorithm, seed.counter) == (Digits.EIGHT, Algorithm.SHA1, 0)


def test_figure_6_under_a_pre_shared_key():
    (seed,) = read_pskc(container(package(SHARED_SECRET), head=SHARED_HEAD), KEY)
    assert seed.secret == RFC_SEED


def test_figure_7_under_a_password():
    content = container(package(PASSWORD_SECRET), head=PASSWORD_HEAD)
    (seed,) = read_pskc(content, SeedFilePassword("qwerty"))
    assert seed.secret == RFC_SEED
    assert "MAC is not right" in problems(
        content, SeedFilePassword("qwertz")
    ) or "not the file's" in problems(content, SeedFilePassword("qwertz"))


def test_a_clock_with_all_its_parameters():
    parameters = '<Suite>HMAC-SHA256</Suite><ResponseFormat Length="6" Encoding="DECIMAL"/>'
    data = (
        "<Time><PlainValue>0</PlainValue></Time><TimeInterval><PlainValue>60</PlainValue></TimeInterval>"
        "<TimeDrift><PlainValue>-4</PlainValue></TimeDrift>"
    )
    policy = "<Policy><KeyUsage>OTP</KeyUsage></Policy>"
    (seed,) = read_pskc(container(package(algorithm="totp", parameters=parameters, data=data, policy=policy)))
    assert (seed.kind, seed.algorithm, seed.period) == (FactorKind.TOTP, Algorithm.SHA256, Period.SIXTY)
    assert seed.drift == -240


def test_a_makers_dates_are_kept():
    dates = "<StartDate>2026-01-01T00:00:00Z</StartDate><ExpiryDate>2027-12-31T00:00:00</ExpiryDate>"
    (seed,) = read_pskc(container(package(policy=f"<Policy>{dates}</Policy>")))
    assert seed.starts_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert seed.ends_at == datetime(2027, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    "change",
    [
        ("Su+NvtQfmvfJzF6bmQiJqoLRExc=", "Su+NvtQfmvfJzF6bmQiJqoLREXc="),  # the MAC itself
        ("OD+cIHItl", "OD+cIHItm"),  # the ciphertext
        ("AAECAwQF", "AAECAwQG"),  # the vector, which CBC alone would let anybody turn into another seed
        ("N9vJa2BO", "N9vJa2BP"),  # the MAC's key
    ],
)
def test_an_altered_file_fails_hard(change):
    content = container(package(SHARED_SECRET), head=SHARED_HEAD).decode()
    assert change[0] in content
    words = problems(content.replace(*change).encode(), KEY)
    assert "the file was altered" in words


@pytest.mark.parametrize(
    ("content", "key", "words"),
    [
        (container(package(SHARED_SECRET), head=SHARED_HEAD), None, "pre-shared key: give it"),
        (container(package(SHARED_SECRET), head=SHARED_HEAD), SeedFilePassword("x"), "pre-shared key: give it"),
        (container(package(SHARED_SECRET), head=SHARED_HEAD), PreSharedKey(b"x" * 16), "altered"),
        (container(package(SHARED_SECRET), head=SHARED_HEAD), PreSharedKey(b"x" * 32), "256 bits"),
        (container(package(PASSWORD_SECRET), head=PASSWORD_HEAD), KEY, "under a password: give it"),
        (container(), KEY, "is not encrypted"),
        (container(package(SHARED_SECRET)), None, "says of no key"),
        (container(package(), head=SHARED_HEAD), KEY, "plain in an encrypted file"),
        (
            container(package(re.sub("<ValueMAC>.*</ValueMAC>", "", SHARED_SECRET, flags=re.DOTALL)), head=SHARED_HEAD),
            KEY,
            "without a MAC",
        ),
        (
            container(package(SHARED_SECRET), head=re.sub("<MACMethod.*", "", SHARED_HEAD, flags=re.DOTALL)),
            KEY,
            "without a MAC",
        ),
        (
            container(package(SHARED_SECRET), head=SHARED_HEAD.replace("hmac-sha1", "hmac-md5")),
            KEY,
            "MAC algorithm",
        ),
        (
            container(package(SHARED_SECRET.replace("aes128-cbc", "tripledes-cbc")), head=SHARED_HEAD),
            KEY,
            "encryption algorithm",
        ),
        (
            container(package(PASSWORD_SECRET), head=PASSWORD_HEAD.replace("1000<", "999999999<")),
            SeedFilePassword("qwerty"),
            "999999999 rounds",
        ),
        (
            container(package(PASSWORD_SECRET), head=PASSWORD_HEAD.replace("#pbkdf2", "#pbkdf1")),
            SeedFilePassword("qwerty"),
            "not derived by PBKDF2",
        ),
        (
            container(package(PASSWORD_SECRET), head=PASSWORD_HEAD.replace("<PRF/>", '<PRF Algorithm="x#hmac-md5"/>')),
            SeedFilePassword("qwerty"),
            "hmac-md5",
        ),
        (container(package(algorithm="pin")), None, "neither HOTP nor TOTP"),
        (container(package(parameters="")), None, "ResponseFormat"),
        (container(package(parameters='<ResponseFormat Length="7" Encoding="DECIMAL"/>')), None, "7 digits"),
        (container(package(parameters='<ResponseFormat Length="6" Encoding="HEX"/>')), None, "decimal"),
        (
            container(package(parameters='<ResponseFormat Length="6" Encoding="DECIMAL" CheckDigits="true"/>')),
            None,
            "check digits",
        ),
        (
            container(package(parameters='<Suite>HMAC-MD5</Suite><ResponseFormat Length="6" Encoding="DECIMAL"/>')),
            None,
            "HMAC-MD5",
        ),
        (
            container(package(algorithm="totp", data="<TimeInterval><PlainValue>45</PlainValue></TimeInterval>")),
            None,
            "45 seconds",
        ),
        (container(package(data="<Counter><PlainValue>x</PlainValue></Counter>")), None, "Counter"),
        (container(package(data="<Counter><PlainValue>-1</PlainValue></Counter>")), None, "counter is out"),
        (container(package("<PlainValue>MTIzNDU2Nzg5MDEyMzQ1</PlainValue>")), None, "15 bytes"),
        (container(package("<PlainValue>***</PlainValue>")), None, "base64"),
        (container(package("")), None, "one value"),
        (container(package(serial="a\nb" * 2)), None, "printable"),
        (container(package(policy="<Policy><PINPolicy/></Policy>")), None, "PINPolicy"),
        (container(package(policy="<Policy><ExpiryDate>soon</ExpiryDate></Policy>")), None, "soon"),
        (container(package(policy="<Policy><KeyUsage>CR</KeyUsage></Policy>")), None, "one-time passwords"),
        (container(head="<Signature><x/></Signature>"), None, "signed"),
        (container(version="2.0"), None, "version 1.0"),
        (container().replace(b':keyprov:pskc"', b':keyprov:pskc2"', 1), None, "not a PSKC file"),
        (b"<KeyContainer/>", None, "not a PSKC file"),
        (b"not xml", None, "well-formed"),
        (b"", None, "well-formed"),
        (container()[:-4], None, "well-formed"),
        (b" " * (16 * 1024 * 1024 + 1), None, "16 MiB"),
        (container("<x/>"), None, "0 tokens"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(content, key, words):
    said = problems(content, key)
    assert words in said
    assert "MTIzNDU2" not in said


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE KeyContainer>",
        '<!DOCTYPE KeyContainer [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE KeyContainer [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE KeyContainer SYSTEM "http://127.0.0.1:1/x.dtd">',
    ],
)
def test_F59_a_document_type_or_entity_is_refused_before_anything_is_read(declaration):
    content = container().decode().replace("?>", f"?>{declaration}", 1).encode()
    assert "document type or entities" in problems(content)


def test_every_problem_is_named_and_nothing_is_taken():
    said = problems(container(package(), package(serial="B2", algorithm="x"), package("", serial="C3")))
    assert said.startswith("token 2 (B2): ")
    assert "\ntoken 3 (C3): " in said
