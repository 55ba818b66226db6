"""Portable Symmetric Key Containers (RFC 6030): plain, under a pre-shared AES key, or under a password.

Strict: no document type, no entities, the exact namespaces, and a file is refused whole for anything that it says and
that is not understood here (another algorithm, a policy that could not be kept, a signature that is not checked).
"""

import binascii
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from mfa.authenticators import Algorithm, Digits, FactorKind, Period
from mfa.hardware_token import Seed
from mfa.seed_files.pskc_keys import (
    PSEUDO_RANDOM_FUNCTIONS,
    Derivation,
    Encrypted,
    Opener,
    PskcKeyError,
)
from mfa.seed_files.seed_file import (
    MOST_TOKENS,
    FileKey,
    PreSharedKey,
    SeedFileError,
    SeedFilePassword,
    check_distinct,
    check_file,
)
from mfa.seed_files.strict_xml import parsed

_NAMES = {
    "pskc": "urn:ietf:params:xml:ns:keyprov:pskc",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
    "xenc11": "http://www.w3.org/2009/xmlenc11#",
}
_PBKDF2 = "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2"
_KINDS = {
    "urn:ietf:params:xml:ns:keyprov:pskc:hotp": FactorKind.HOTP,
    "urn:ietf:params:xml:ns:keyprov:pskc:totp": FactorKind.TOTP,
}
_SUITES = {
    "": Algorithm.SHA1,
    "HMACSHA1": Algorithm.SHA1,
    "HMACSHA256": Algorithm.SHA256,
    "HMACSHA512": Algorithm.SHA512,
}
_WRONG_FILE = "the file is not a PSKC file (RFC 6030) of version 1.0"


def read_pskc(content: bytes, key: FileKey | None = None) -> tuple[Seed, ...]:
    """Every token of the file.

    Raises:
        SeedFileError: the file is not understood whole, or the key is not the file's.
    """
    check_file(content)
    root = parsed(content)
    if root.tag != f"{{{_NAMES['pskc']}}}KeyContainer" or root.get("Version") != "1.0":
        raise SeedFileError([_WRONG_FILE])
    if root.find("ds:Signature", _NAMES) is not None or root.find("pskc:Signature", _NAMES) is not None:
        raise SeedFileError(["the file is signed, and signatures are not checked here: ask for one without"])
    try:
        opener = _opener(root, key)
    except PskcKeyError as error:
        raise SeedFileError([str(error)]) from error
    packages = root.findall("pskc:KeyPackage", _NAMES)
    if not 0 < len(packages) <= MOST_TOKENS:
        raise SeedFileError([f"the file has {len(packages)} tokens: 1 to {MOST_TOKENS} are accepted"])
    seeds: list[Seed] = []
    problems: list[str] = []
    for number, package in enumerate(packages, start=1):
        try:
            seeds.append(_seed(package, opener))
        except (PskcKeyError, ValueError) as error:
            problems.append(f"token {number}{_named(package)}: {error}")
    if problems:
        raise SeedFileError(problems[:100])
    check_distinct(seeds)
    return tuple(seeds)


def _opener(root: Element, key: FileKey | None) -> Opener | None:
    """What opens the file's encrypted values; None where it says of no key."""
    described = root.find("pskc:EncryptionKey", _NAMES)
    if described is None:
        if key is not None:
            raise PskcKeyError("the file is not encrypted, yet a key or password was given")
        return None
    method = root.find("pskc:MACMethod", _NAMES)
    if method is None:
        raise PskcKeyError("the file is encrypted without a MAC, so whoever carried it could have altered it")
    stored = method.find("pskc:MACKey", _NAMES)
    mac_key = None if stored is None else _encrypted(stored)
    return Opener.of(_file_key(described, key), method.get("Algorithm", ""), mac_key)


def _file_key(described: Element, key: FileKey | None) -> bytes:
    derived = described.find("xenc11:DerivedKey", _NAMES)
    match key:
        case SeedFilePassword(password) if derived is not None:
            return _derivation(derived).key(password)
        case PreSharedKey(shared) if derived is None:
            return shared
        case _ if derived is not None:
            raise PskcKeyError("the file is encrypted under a password: give it")
        case _:
            raise PskcKeyError("the file is encrypted under a pre-shared key: give it")


def _derivation(derived: Element) -> Derivation:
    method = derived.find("xenc11:KeyDerivationMethod", _NAMES)
    if method is None or method.get("Algorithm") != _PBKDF2:
        raise PskcKeyError("the file's key is not derived by PBKDF2")
    # RFC 6030's own example leaves the parameters' namespace out, so they go by their local names.
    found = {_local(element): element for element in method.iter()}
    salt, iterations = found.get("Specified"), found.get("IterationCount")
    if salt is None or iterations is None:
        raise PskcKeyError("the parameters of PBKDF2 are incomplete")
    length, function = found.get("KeyLength"), found.get("PRF")
    uri = "" if function is None else function.get("Algorithm", "")
    name = PSEUDO_RANDOM_FUNCTIONS.get(uri.rpartition("#")[2].lower())
    if name is None:
        raise PskcKeyError(f"PBKDF2 with the function {uri!r} is not accepted")
    return Derivation(
        _base64(_text(salt)),
        _whole(_text(iterations), "IterationCount"),
        None if length is None else _whole(_text(length), "KeyLength"),
        name,
    )


def _seed(package: Element, opener: Opener | None) -> Seed:
    key = package.find("pskc:Key", _NAMES)
    if key is None:
        raise ValueError("there is no key")
    kind = _KINDS.get(key.get("Algorithm", ""))
    if kind is None:
        raise ValueError(f"the algorithm {key.get('Algorithm', '')!r} is neither HOTP nor TOTP")
    _check_policy(key)
    device = {_local(child): _text(child) for child in _children(package.find("pskc:DeviceInfo", _NAMES))}
    data = {_local(child): child for child in _children(key.find("pskc:Data", _NAMES))}
    secret = data.get("Secret")
    if secret is None:
        raise ValueError("there is no secret")
    period = _number(data, "TimeInterval", opener, 30)
    return Seed(
        serial=device.get("SerialNo") or key.get("Id") or "",
        manufacturer=device.get("Manufacturer", ""),
        model=device.get("Model", ""),
        kind=kind,
        secret=_value(secret, opener),
        algorithm=_algorithm(key),
        digits=_digits(key),
        period=_period(period) if kind is FactorKind.TOTP else Period.THIRTY,
        counter=_number(data, "Counter", opener, 0) if kind is FactorKind.HOTP else 0,
        starts_at=_date(key, "StartDate"),
        ends_at=_date(key, "ExpiryDate"),
        drift=_number(data, "TimeDrift", opener, 0) * period if kind is FactorKind.TOTP else 0,
    )


def _check_policy(key: Element) -> None:
    """RFC 6030 §5: a policy that is not understood forbids the use of the key."""
    for rule in _children(key.find("pskc:Policy", _NAMES)):
        if _local(rule) not in {"KeyUsage", "StartDate", "ExpiryDate"}:
            raise ValueError(f"the file demands a policy that is not kept here ({_local(rule)})")
    usages = [_text(usage) for usage in key.findall("pskc:Policy/pskc:KeyUsage", _NAMES)]
    if usages and "OTP" not in usages:
        raise ValueError("the file does not allow the key for one-time passwords")


def _date(key: Element, name: str) -> datetime | None:
    text = _text(key.find(f"pskc:Policy/pskc:{name}", _NAMES))
    if not text:
        return None
    found = datetime.fromisoformat(text)
    # RFC 6030 §4.3.1: dates are in UTC.
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _algorithm(key: Element) -> Algorithm:
    suite = _text(key.find("pskc:AlgorithmParameters/pskc:Suite", _NAMES))
    algorithm = _SUITES.get(suite.upper().replace("-", ""))
    if algorithm is None:
        raise ValueError(f"the suite {suite!r} is not accepted")
    return algorithm


def _digits(key: Element) -> Digits:
    shape = key.find("pskc:AlgorithmParameters/pskc:ResponseFormat", _NAMES)
    if shape is None:
        raise ValueError("the length of the codes is missing (ResponseFormat)")
    if shape.get("Encoding") != "DECIMAL" or shape.get("CheckDigits", "false") not in {"false", "0"}:
        raise ValueError("only decimal codes without check digits are accepted")
    length = _whole(shape.get("Length", ""), "Length")
    if length not in tuple(Digits):
        raise ValueError(f"codes of {length} digits are not accepted, only 6 and 8")
    return Digits(length)


def _period(seconds: int) -> Period:
    if seconds not in tuple(Period):
        raise ValueError(f"a time step of {seconds} seconds is not accepted, only 30 and 60")
    return Period(seconds)


def _number(data: Mapping[str, Element], name: str, opener: Opener | None, default: int) -> int:
    element = data.get(name)
    if element is None:
        return default
    plain = element.find("pskc:PlainValue", _NAMES)
    if plain is not None:
        return _whole(_text(plain), name)
    # RFC 6030 §4.2.1: an encrypted number is big-endian.
    return int.from_bytes(_value(element, opener)[:16], "big")


def _value(element: Element, opener: Opener | None) -> bytes:
    plain, encrypted = element.find("pskc:PlainValue", _NAMES), element.find("pskc:EncryptedValue", _NAMES)
    if (plain is None) == (encrypted is None):
        raise ValueError(f"{_local(element)}: expected one value, plain or encrypted")
    if plain is not None:
        if opener is not None:
            raise ValueError(f"{_local(element)}: is plain in an encrypted file")
        return _base64(_text(plain))
    if opener is None:
        raise ValueError(f"{_local(element)}: is encrypted, yet the file says of no key")
    mac = element.find("pskc:ValueMAC", _NAMES)
    if encrypted is None or mac is None:
        raise ValueError(f"{_local(element)}: is encrypted without a MAC")
    return opener.open(_encrypted(encrypted), _base64(_text(mac)))


def _encrypted(element: Element) -> Encrypted:
    method = element.find("xenc:EncryptionMethod", _NAMES)
    value = element.find("xenc:CipherData/xenc:CipherValue", _NAMES)
    if method is None or value is None:
        raise PskcKeyError("an encrypted value is incomplete")
    return Encrypted(method.get("Algorithm", ""), _base64(_text(value)))


def _named(package: Element) -> str:
    serial = _text(package.find("pskc:DeviceInfo/pskc:SerialNo", _NAMES))
    return f" ({serial})" if serial.isprintable() and 0 < len(serial) <= 60 else ""  # noqa: PLR2004  # as a Seed's


def _children(element: Element | None) -> Iterator[Element]:
    return iter(()) if element is None else iter(element)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: Element | None) -> str:
    return "" if element is None else (element.text or "").strip()


def _base64(text: str) -> bytes:
    try:
        return b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise PskcKeyError("a value is not base64") from error


def _whole(text: str, name: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):  # noqa: PLR2004  # 63 bits
        raise ValueError(f"{name}: expected a whole number")
    return int(text)
