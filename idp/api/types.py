"""From typed dataclasses to JSON and back: what comes in is checked against the type, field by field.

The same types make the description (`description.py`). Unknown fields are refused, never ignored (C1, F32).
"""

import dataclasses
import re
import types
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

MOST_ITEMS = 100


@dataclass(frozen=True, slots=True)
class Text:
    """Bounds of a text."""

    longest: int = 200
    least: int = 0
    about: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """Bounds of a whole number."""

    least: int
    most: int
    about: str = ""


class Malformed(Exception):
    """A value is not of its type; `pointer` says which (RFC 6901), `what` what was expected."""

    def __init__(self, pointer: str, what: str) -> None:
        super().__init__(f"{pointer}: {what}")
        self.pointer = pointer
        self.what = what


@dataclass(frozen=True, slots=True)
class Kind:
    """A type taken apart: what it is at heart, its bounds, and whether null or a list stands around it."""

    heart: Any
    bounds: Text | Number | None = None
    optional: bool = False
    many: bool = False


@lru_cache(maxsize=1024)
def kind_of(declared: Any) -> Kind:
    """Take a declared type apart; raises TypeError for one that JSON has no word for."""
    bounds: Text | Number | None = None
    if get_origin(declared) is Annotated:
        declared, *notes = get_args(declared)
        bounds = next((note for note in notes if isinstance(note, Text | Number)), None)
    optional = False
    if get_origin(declared) in (Union, types.UnionType):
        rest = [one for one in get_args(declared) if one is not type(None)]
        if len(rest) != 1:
            raise TypeError(f"{declared}: a choice of types")
        inner = kind_of(rest[0])
        return dataclasses.replace(inner, bounds=inner.bounds or bounds, optional=True)
    if get_origin(declared) in (tuple, list, Sequence):
        inner = kind_of(get_args(declared)[0])
        return Kind(inner.heart, inner.bounds or bounds, optional, many=True)
    known = declared in (str, int, bool, datetime) or dataclasses.is_dataclass(declared)
    if not known and not (isinstance(declared, type) and issubclass(declared, StrEnum)):
        if getattr(declared, "__supertype__", None) is str:
            return Kind(str, bounds)
        raise TypeError(f"{declared}: no type of the API")
    return Kind(declared, bounds, optional)


@lru_cache(maxsize=256)
def fields_of(declared: type) -> dict[str, tuple[Kind, bool]]:
    """Return a dataclass's fields: their kinds, and whether each must be given."""
    hints = get_type_hints(declared, include_extras=True)
    return {
        field.name: (
            kind_of(hints[field.name]),
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(declared)
    }


def parse(declared: type, value: object, pointer: str = "") -> Any:
    """Return `value`, as JSON had it, as an instance of the dataclass; raises Malformed."""
    if not isinstance(value, dict):
        raise Malformed(pointer, "expected an object")
    known = fields_of(declared)
    for name in value:
        if name not in known:
            raise Malformed(f"{pointer}/{str(name)[:60]}", "there is no such field")
    found = {}
    for name, (kind, required) in known.items():
        if name in value:
            found[name] = _parse_kind(kind, value[name], f"{pointer}/{name}")
        elif required:
            raise Malformed(f"{pointer}/{name}", "is missing")
    return declared(**found)


def parse_words(declared: type, pairs: Sequence[tuple[str, str]]) -> Any:
    """Return the parameters of a query as an instance of the dataclass; a name that comes twice is refused."""
    known = fields_of(declared)
    found: dict[str, Any] = {}
    for name, text in pairs:
        if name not in known or name in found:
            raise Malformed(f"/{name[:60]}", "comes twice" if name in found else "there is no such parameter")
        found[name] = _parse_kind(known[name][0], _from_word(known[name][0], text), f"/{name}")
    for name, (_kind, required) in known.items():
        if required and name not in found:
            raise Malformed(f"/{name}", "is missing")
    return declared(**found)


def encode(value: object) -> Any:
    """Return a value as JSON has it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, list | tuple | set | frozenset):
        return [encode(one) for one in value]
    return value


def _from_word(kind: Kind, text: str) -> object:
    if kind.heart is int and re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    if kind.heart is bool and text in ("true", "false"):
        return text == "true"
    return text


def _parse_kind(kind: Kind, value: object, pointer: str) -> Any:
    if value is None:
        if kind.optional:
            return None
        raise Malformed(pointer, "may not be null")
    if not kind.many:
        return _parse_one(kind, value, pointer)
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise Malformed(pointer, f"expected a list of at most {MOST_ITEMS}")
    return tuple(_parse_one(kind, one, f"{pointer}/{number}") for number, one in enumerate(value))


def _parse_one(kind: Kind, value: object, pointer: str) -> Any:
    heart = kind.heart
    if dataclasses.is_dataclass(heart):
        return parse(heart, value, pointer)  # type: ignore[arg-type]  # a dataclass, not an instance of one
    if heart is bool:
        if isinstance(value, bool):
            return value
        raise Malformed(pointer, "expected true or false")
    if heart is int:
        return _whole(kind, value, pointer)
    if not isinstance(value, str):
        raise Malformed(pointer, "expected a text")
    return _text(kind, value, pointer)


def _whole(kind: Kind, value: object, pointer: str) -> int:
    bounds = kind.bounds if isinstance(kind.bounds, Number) else Number(0, 2**31)
    if isinstance(value, bool) or not isinstance(value, int) or not bounds.least <= value <= bounds.most:
        raise Malformed(pointer, f"expected a whole number from {bounds.least} to {bounds.most}")
    return value


def _text(kind: Kind, value: str, pointer: str) -> Any:
    if kind.heart is datetime:
        try:
            moment = datetime.fromisoformat(value[:40])
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError) as error:
            raise Malformed(pointer, "expected a time such as 2026-12-01T08:00:00Z") from error
    if kind.heart is not str:
        if value not in {one.value for one in kind.heart}:
            raise Malformed(pointer, f"expected one of: {', '.join(one.value for one in kind.heart)}")
        return kind.heart(value)
    bounds = kind.bounds if isinstance(kind.bounds, Text) else Text()
    if not bounds.least <= len(value) <= bounds.longest:
        raise Malformed(pointer, f"expected {bounds.least} to {bounds.longest} characters")
    # Neither database stores a NUL, and no encoding has half a surrogate pair.
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise Malformed(pointer, "holds characters that no text has")
    return value
