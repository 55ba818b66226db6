"""A declared mapping: how to read a maker's own list, written once by a person as TOML.

    separator = ";"
    skip_lines = 1                # the heading
    kind = "totp"
    period = 60
    [columns]                     # counted from 1
    serial = 1
    seed = 3

What is not in a column holds for every line; nothing is guessed.
"""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mfa.authenticators import Algorithm, Digits, FactorKind, Period
from mfa.seed_files.seed_file import SeedFileError

_MOST_COLUMNS = 64
_MOST_SKIPPED = 100


class Column(StrEnum):
    """What a column of a list can hold."""

    SERIAL = "serial"
    SEED = "seed"
    KIND = "kind"
    DIGITS = "digits"
    COUNTER = "counter"
    PERIOD = "period"
    COUNTER_OR_PERIOD = "counter_or_period"
    ALGORITHM = "algorithm"
    MANUFACTURER = "manufacturer"
    MODEL = "model"


class SeedEncoding(StrEnum):
    """How a list writes its seeds."""

    HEX = "hex"
    BASE32 = "base32"
    BASE64 = "base64"


@dataclass(frozen=True, slots=True)
class Mapping:
    """How to read a maker's list: which column (from 1) holds what, and what holds for every line."""

    columns: dict[Column, int]
    separator: str = ","
    skip_lines: int = 0
    seed_encoding: SeedEncoding = SeedEncoding.HEX
    kind: FactorKind = FactorKind.TOTP
    digits: Digits = Digits.SIX
    period: Period = Period.THIRTY
    algorithm: Algorithm = Algorithm.SHA1
    manufacturer: str = ""
    model: str = ""

    def __post_init__(self) -> None:
        if not {Column.SERIAL, Column.SEED} <= self.columns.keys():
            raise ValueError("the mapping must say which columns hold serial and seed")
        if not all(1 <= place <= _MOST_COLUMNS for place in self.columns.values()):
            raise ValueError(f"columns are counted from 1 to {_MOST_COLUMNS}")
        if len(set(self.columns.values())) != len(self.columns):
            raise ValueError("one column cannot hold two things")
        if len(self.separator) != 1 or self.separator in '"\r\n':
            raise ValueError("the separator is one character")
        if not 0 <= self.skip_lines <= _MOST_SKIPPED:
            raise ValueError(f"skip_lines: 0 to {_MOST_SKIPPED}")
        if self.kind not in (FactorKind.TOTP, FactorKind.HOTP):
            raise ValueError("kind: hotp or totp")


_TEXTS = {"separator", "manufacturer", "model"}
_CHOICES: dict[str, type[StrEnum]] = {
    "seed_encoding": SeedEncoding,
    "kind": FactorKind,
    "algorithm": Algorithm,
}
_NUMBERS: dict[str, type[int]] = {"digits": Digits, "period": Period, "skip_lines": int}


def read_mapping(text: str) -> Mapping:
    """The mapping that a TOML file declares.

    Raises:
        SeedFileError: with what is wrong with it.
    """
    try:
        table = tomllib.loads(text)
        columns = _columns(table.pop("columns", {}))
        return Mapping(columns, **{name: _value(name, value) for name, value in table.items()})
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise SeedFileError([f"the mapping: {error}"]) from error


def _columns(columns: object) -> dict[Column, int]:
    if not isinstance(columns, dict) or not all(type(place) is int for place in columns.values()):
        raise ValueError("columns: expected a table of column numbers")
    return {Column(name): place for name, place in columns.items()}


def _value(name: str, value: object) -> Any:
    if name in _TEXTS and isinstance(value, str):
        return value
    if name in _CHOICES and isinstance(value, str):
        return _CHOICES[name](value)
    if name in _NUMBERS and type(value) is int:
        return _NUMBERS[name](value)
    raise ValueError(f"{name}: is not known, or has the wrong type")
