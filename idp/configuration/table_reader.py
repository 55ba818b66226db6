"""Typed reading of a TOML table that collects every problem instead of stopping at the first.

Used for `portvakt.toml`, for environment variables and for the files of `portvakt apply`. Each problem is
one line that names the key and what was expected. It does not know what any key means.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeVar

from idp.configuration.durations import parse_duration
from idp.domain.errors import ConfigurationError

T = TypeVar("T")
IpNetwork = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """A value from the environment: text whatever is expected, and named by its variable when wrong."""

    variable: str
    text: str


class Problems:
    """The lines to show; nothing is used of a table that made one."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, key: str, text: str) -> None:
        """Note what is wrong with `key`."""
        self.lines.append(f"{key}: {text}")

    def raise_any(self) -> None:
        """Raise ConfigurationError with all lines, if there are any."""
        if self.lines:
            raise ConfigurationError("\n".join(self.lines))


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown name."""
    names = sorted(known)
    close = difflib.get_close_matches(wrong, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; known: {', '.join(names)}" if names else ""


class TableReader:
    """One table. Ask for each key once by its type, then `finish()` reports the keys nobody asked for."""

    def __init__(self, table: Mapping[str, object], key: str, problems: Problems) -> None:
        self.table = table
        self.key = key
        self.problems = problems
        self._asked: set[str] = set()

    def path(self, name: str) -> str:
        """Return the full name of a key of this table."""
        value = self.table.get(name)
        if isinstance(value, FromEnvironment):
            return value.variable
        return f"{self.key}.{name}" if self.key else name

    def has(self, name: str) -> bool:
        """Whether the key is given."""
        return name in self.table

    def wrong(self, name: str, expected: str) -> None:
        """Report that `name` holds something else than expected."""
        shown = self.raw(name)
        shown = shown.text if isinstance(shown, FromEnvironment) else shown
        self.problems.add(self.path(name), f"expected {expected}, found {_shown(shown)}")

    def raw(self, name: str) -> object:
        """Return the value as it stands, None if it is not given."""
        self._asked.add(name)
        return self.table.get(name)

    def text(self, name: str, default: str | None = None, *, expected: str = "text") -> str:
        """Return a text; without a default the key is required and must not be empty."""
        value = self._scalar(name)
        if value is None:
            if default is None:
                self.problems.add(self.path(name), f"is missing; expected {expected}")
            return default or ""
        if not isinstance(value, str) or (default is None and not value.strip()):
            self.wrong(name, expected)
            return default or ""
        return value

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        value = self._scalar(name)
        if value is None:
            return default
        if isinstance(self.raw(name), FromEnvironment) and isinstance(value, str) and _is_number(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(name, f"a whole number from {least} to {most}")
            return default
        return value

    def optional_number(self, name: str, *, least: int, most: int) -> int | None:
        """Return a whole number, or None if the key is not given."""
        self._asked.add(name)
        return self.number(name, least, least=least, most=most) if self.has(name) else None

    def boolean(self, name: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._scalar(name)
        if isinstance(self.raw(name), FromEnvironment) and value in ("true", "false"):
            return value == "true"
        if value is not None and not isinstance(value, bool):
            self.wrong(name, "true or false")
            return default
        return default if value is None else value

    def duration(self, name: str, default: timedelta, *, least: timedelta, most: timedelta) -> timedelta:
        """Return a duration within bounds, written like `8h`."""
        value = self._scalar(name)
        if value is None:
            return default
        found = parse_duration(value) if isinstance(value, str) else None
        if found is None or not least <= found <= most:
            self.wrong(name, f"a duration such as 90s, 30m, 8h or 2d, from {least} to {most}")
            return default
        return found

    def choice(self, name: str, default: T | None, choices: Mapping[str, T]) -> T:
        """Return the value that one of the words in `choices` stands for."""
        value = self._scalar(name)
        if value is None and default is not None:
            return default
        if isinstance(value, str) and value in choices:
            return choices[value]
        self.wrong(name, f"one of {', '.join(choices)}")
        return default if default is not None else next(iter(choices.values()))

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of non-empty texts; in the environment they are separated by commas."""
        value = self.raw(name)
        if isinstance(value, FromEnvironment):
            return tuple(part.strip() for part in value.text.split(",") if part.strip())
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            self.wrong(name, "a list of texts")
            return ()
        return tuple(value)

    def networks(self, name: str) -> tuple[IpNetwork, ...]:
        """Return a list of address ranges in CIDR form; a single address is a range of one."""
        found = []
        for text in self.texts(name):
            try:
                found.append(ip_network(text))
            except ValueError:
                self.problems.add(
                    self.path(name), f"expected address ranges such as 10.20.0.0/16, found {_shown(text)}"
                )
        return tuple(found)

    def inner(self, name: str) -> "TableReader":
        """Return the reader of a table in this table; an empty one if the key is not given."""
        value = self.raw(name)
        if value is not None and not isinstance(value, Mapping):
            self.wrong(name, "a table")
            value = None
        return TableReader(value or {}, self.path(name), self.problems)

    def named(self, name: str) -> dict[str, "TableReader"]:
        """Return the readers of the tables in a table of tables: `[networks.NAME]`."""
        outer = self.inner(name)
        return {inner: outer.inner(inner) for inner in outer.table}

    def finish(self) -> None:
        """Report every key that was not asked for."""
        for name in self.table:
            if name not in self._asked:
                meant = self._meant(name) or did_you_mean(name, self._asked)
                self.problems.add(self._given_as(name), f"is not a known key{meant}")

    def _meant(self, name: str) -> str:
        """Say which variable was meant by one whose table and key are joined by a single underscore."""
        value = self.table[name]
        if not isinstance(value, FromEnvironment):
            return ""
        tables = (table for table in self._asked if name.startswith(f"{table}_"))
        table = max(tables, key=len, default="")
        if not table:
            return ""
        prefix = value.variable[: -len(name)]
        key = name.removeprefix(f"{table}_")
        return f"; did you mean {prefix}{table.upper()}__{key.upper()}?"

    def _given_as(self, name: str) -> str:
        """Return the full name of a key, or the variable that brought the whole table in."""
        value = self.table[name]
        inner = next(iter(value.values()), None) if isinstance(value, Mapping) else None
        return inner.variable if isinstance(inner, FromEnvironment) else self.path(name)

    def _scalar(self, name: str) -> object:
        value = self.raw(name)
        return value.text if isinstance(value, FromEnvironment) else value


def _is_number(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdigit()


def _shown(value: object) -> str:
    return "nothing" if value is None else f"{value!r:.80}"
