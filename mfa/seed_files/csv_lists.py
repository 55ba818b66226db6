"""Makers' lists as CSV: OATH, the two of Yubico's tool, and any other through a declared mapping.

Nothing is guessed from the length of a seed. A line that is not understood refuses the whole file; every such line is
named, and no seed is in what is said.
"""

import binascii
import csv
import io
from base64 import b32decode, b64decode
from collections.abc import Callable, Iterator, Sequence

from mfa.authenticators import Algorithm, Digits, FactorKind, Period
from mfa.hardware_token import Seed
from mfa.seed_files.mapping import Column, Mapping, SeedEncoding
from mfa.seed_files.seed_file import MOST_TOKENS, SeedFileError, check_distinct, check_file

_KINDS = {"hotp": FactorKind.HOTP, "totp": FactorKind.TOTP}


def read_mapped(content: bytes, mapping: Mapping) -> tuple[Seed, ...]:
    """Every token of a list that a mapping describes.

    Raises:
        SeedFileError: a line is not understood.
    """
    return _read(content, mapping.separator, lambda cells: _mapped(cells, mapping), mapping.skip_lines)


def read_oath(content: bytes, algorithm: Algorithm) -> tuple[Seed, ...]:
    """An OATH list: `serial, seed (hex), hotp|totp, digits, counter|step`, all but the first two optional.

    After `# version: 2` user, resolver and realm come first and must be empty: whose a token is, is said when it is
    handed out.

    Raises:
        SeedFileError: a line is not understood.
    """
    second = any(line.replace(" ", "").lower() == "#version:2" for line in _text(content).splitlines()[:5])
    return _read(content, ",", lambda cells: _oath(cells, algorithm, second=second))


def read_yubico(content: bytes) -> tuple[Seed, ...]:
    """Both lists that Yubico's personalisation tool logs of OATH-HOTP: the traditional, and the Yubico format.

    The second has the serial number first and says nothing of digits: they are six.

    Raises:
        SeedFileError: a line is not understood, or programs something else than OATH-HOTP.
    """
    return _read(content, ",", _yubico)


def _read(
    content: bytes, separator: str, line_of: Callable[[list[str]], Seed | None], skip: int = 0
) -> tuple[Seed, ...]:
    seeds: list[Seed] = []
    problems: list[str] = []
    for number, cells in _lines(content, separator):
        if number <= skip or not any(cells) or cells[0].startswith("#"):
            continue
        try:
            seed = line_of(cells)
        except ValueError as error:
            problems.append(f"line {number}: {error}")
            continue
        if seed is not None:
            seeds.append(seed)
    if problems:
        raise SeedFileError(problems[:100])
    if not 0 < len(seeds) <= MOST_TOKENS:
        raise SeedFileError([f"the file has {len(seeds)} tokens: 1 to {MOST_TOKENS} are accepted"])
    check_distinct(seeds)
    return tuple(seeds)


def _text(content: bytes) -> str:
    check_file(content)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SeedFileError(["the file is not text in UTF-8"]) from error


def _lines(content: bytes, separator: str) -> Iterator[tuple[int, list[str]]]:
    text = _text(content)
    if "\0" in text:
        raise SeedFileError(["the file is not text"])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise SeedFileError(
            [f"line {reader.line_num}: is not CSV with {separator!r} between columns"]
        ) from error


def _mapped(cells: Sequence[str], mapping: Mapping) -> Seed:
    def cell(column: Column) -> str:
        place = mapping.columns.get(column)
        if place is None:
            return ""
        if place > len(cells):
            raise ValueError(f"there is no column {place} ({column.value})")
        return cells[place - 1]

    kind = _kind(cell(Column.KIND)) if Column.KIND in mapping.columns else mapping.kind
    either = cell(Column.COUNTER_OR_PERIOD)
    counter = cell(Column.COUNTER) or (either if kind is FactorKind.HOTP else "")
    period = cell(Column.PERIOD) or (either if kind is FactorKind.TOTP else "")
    return Seed(
        serial=cell(Column.SERIAL),
        kind=kind,
        secret=_secret(cell(Column.SEED), mapping.seed_encoding),
        algorithm=_algorithm(cell(Column.ALGORITHM), mapping.algorithm),
        digits=_digits(cell(Column.DIGITS), mapping.digits),
        period=_period(period, mapping.period),
        counter=_whole(counter, "the counter") if counter else 0,
        manufacturer=cell(Column.MANUFACTURER) or mapping.manufacturer,
        model=cell(Column.MODEL) or mapping.model,
    )


_OATH_COLUMNS = (2, 3, 4, 5)
_OWNER_COLUMNS = 3


def _oath(cells: Sequence[str], algorithm: Algorithm, *, second: bool) -> Seed:
    if second:
        if any(cells[:_OWNER_COLUMNS]):
            raise ValueError("names an owner: leave user, resolver and realm empty, and hand the token out")
        cells = cells[_OWNER_COLUMNS:]
    if len(cells) not in _OATH_COLUMNS:
        raise ValueError("expected serial, seed, hotp or totp, digits, counter or step")
    serial, seed, kind_word, digits, number = (*cells, "", "", "")[:5]
    kind = _kind(kind_word or "hotp")
    return Seed(
        serial=serial,
        kind=kind,
        secret=_secret(seed, SeedEncoding.HEX),
        algorithm=algorithm,
        digits=_digits(digits, Digits.SIX),
        period=_period(number, Period.THIRTY) if kind is FactorKind.TOTP else Period.THIRTY,
        counter=_whole(number, "the counter") if number and kind is FactorKind.HOTP else 0,
    )


# What else the tool programs into a key, and logs in the same file.
_OTHER_EVENTS = ("Yubico OTP", "Static Password", "Static Password: Scan Code", "Challenge-Response")
_HOTP_BYTES = 20
_TRADITIONAL_COLUMNS, _SERIAL_FIRST_COLUMNS = 12, 4


def _yubico(cells: Sequence[str]) -> Seed | None:
    if cells[0] == "LOGGING START":
        return None
    if cells[0] == "OATH-HOTP":
        return _traditional(cells)
    if cells[0] in _OTHER_EVENTS:
        raise ValueError(f"programs {cells[0]}, which is no OATH password: remove the line")
    return _serial_first(cells)


def _traditional(cells: Sequence[str]) -> Seed:
    """`OATH-HOTP, time, slot, token identifier, , secret, , , 0, 0, 0, digits, …`: no serial number."""
    if len(cells) < _TRADITIONAL_COLUMNS:
        raise ValueError("expected OATH-HOTP, time, slot, token identifier, , secret and more columns")
    if not cells[3]:
        raise ValueError("has no token identifier: log in the Yubico format, which has the serial number")
    return _yubikey(cells[3], cells[5], _digits(cells[11], Digits.SIX), 0)


def _serial_first(cells: Sequence[str]) -> Seed:
    """`serial, token identifier, counter, secret, access code, time, …`: the Yubico format of the same tool."""
    if len(cells) < _SERIAL_FIRST_COLUMNS or not cells[0].isdigit():
        raise ValueError("expected OATH-HOTP, … or serial, token identifier, counter, secret, …")
    return _yubikey(cells[0], cells[3], Digits.SIX, _whole(cells[2] or "0", "the counter"))


def _yubikey(serial: str, secret: str, digits: Digits, counter: int) -> Seed:
    opened = _secret(secret, SeedEncoding.HEX)
    if len(opened) != _HOTP_BYTES:
        raise ValueError(f"an OATH-HOTP secret has {_HOTP_BYTES} bytes, this one {len(opened)}")
    return Seed(
        serial=serial,
        kind=FactorKind.HOTP,
        secret=opened,
        digits=digits,
        counter=counter,
        manufacturer="Yubico",
        model="YubiKey",
    )


def _kind(text: str) -> FactorKind:
    kind = _KINDS.get(text.lower())
    if kind is None:
        raise ValueError(f"expected hotp or totp, found {text!r:.40}")
    return kind


def _secret(text: str, encoding: SeedEncoding) -> bytes:
    bare = "".join(text.split())
    try:
        match encoding:
            case SeedEncoding.HEX:
                return bytes.fromhex(bare)
            case SeedEncoding.BASE32:
                padded = bare.upper().rstrip("=")
                return b32decode(padded + "=" * (-len(padded) % 8))
            case SeedEncoding.BASE64:
                return b64decode(bare, validate=True)
    except (ValueError, binascii.Error) as error:
        raise ValueError(f"the seed is not {encoding.value}") from error


def _algorithm(text: str, default: Algorithm) -> Algorithm:
    if not text:
        return default
    bare = text.upper().replace("-", "").removeprefix("HMAC")
    if bare not in tuple(Algorithm):
        raise ValueError(f"expected SHA1, SHA256 or SHA512, found {text!r:.40}")
    return Algorithm(bare)


def _digits(text: str, default: Digits) -> Digits:
    found = _whole(text, "the number of digits") if text else int(default)
    if found not in tuple(Digits):
        raise ValueError(f"codes of {found} digits are not accepted, only 6 and 8")
    return Digits(found)


def _period(text: str, default: Period) -> Period:
    found = _whole(text, "the time step") if text else int(default)
    if found not in tuple(Period):
        raise ValueError(f"a time step of {found} seconds is not accepted, only 30 and 60")
    return Period(found)


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):  # noqa: PLR2004  # 63 bits
        raise ValueError(f"{name} is not a whole number")
    return int(text)
