"""Makers' seed files as commands are given them: which format, and the key that never stands on a command line."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import typer

from idp.cli.printing import print_table
from idp.domain.errors import ConfigurationError
from mfa import Algorithm, FactorKind, Seed, seed_files


class Format(StrEnum):
    """The seed files that are read."""

    PSKC = "pskc"
    OATH = "oath"
    YUBICO = "yubico"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a seed file is to be read."""

    form: Format
    mapping: Path | None
    algorithm: Algorithm
    key_file: Path | None
    password_file: Path | None

    def read(self, file: Path) -> tuple[Seed, ...]:
        """Return the tokens of a file; raises ConfigurationError with a line for each problem."""
        key = self._key()
        if key is not None and self.form is not Format.PSKC:
            raise ConfigurationError("--key-file and --password-file are for --format pskc")
        if (self.mapping is not None) != (self.form is Format.CSV):
            raise ConfigurationError("--format csv and --mapping belong together")
        content = _bytes(file)
        try:
            match self.form:
                case Format.PSKC:
                    return seed_files.read_pskc(content, key)
                case Format.OATH:
                    return seed_files.read_oath(content, self.algorithm)
                case Format.YUBICO:
                    return seed_files.read_yubico(content)
                case Format.CSV:
                    declared = _text(self.mapping or Path())
                    return seed_files.read_mapped(content, seed_files.read_mapping(declared))
        except seed_files.SeedFileError as error:
            raise ConfigurationError("\n".join(error.problems)) from error

    def _key(self) -> seed_files.FileKey | None:
        """Never from the command line, where every user of the machine could read it."""
        if self.key_file is not None and self.password_file is not None:
            raise ConfigurationError("give --key-file or --password-file, not both")
        if self.key_file is not None:
            try:
                return seed_files.PreSharedKey(bytes.fromhex(_text(self.key_file).strip()))
            except ValueError as error:
                raise ConfigurationError(f"{self.key_file}: expected a key in hexadecimal") from error
        if self.password_file is None:
            return None
        if str(self.password_file) == "-":
            return seed_files.SeedFilePassword(_asked())
        return seed_files.SeedFilePassword(_text(self.password_file).strip("\r\n"))


def show_seeds(seeds: Sequence[Seed]) -> None:
    """Print what a file holds, but for the seeds."""
    heads = ("serial", "kind", "digits", "algorithm", "step", "counter", "maker and model")
    rows = [
        (
            seed.serial,
            seed.kind.value,
            int(seed.digits),
            seed.algorithm.value,
            int(seed.period) if seed.kind is FactorKind.TOTP else "",
            seed.counter if seed.kind is FactorKind.HOTP else "",
            " ".join(filter(None, (seed.manufacturer, seed.model))),
        )
        for seed in seeds
    ]
    print_table(heads, rows, "No tokens.")


def _asked() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password of the seed file", hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error


def _text(file: Path) -> str:
    try:
        return _bytes(file).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: is not text in UTF-8") from error
