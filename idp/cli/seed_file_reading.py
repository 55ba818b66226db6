"""Makers' seed files as commands are given them: which format, and the key that never stands on a command line."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from idp.cli.printing import print_table
from idp.domain.errors import ConfigurationError
from mfa import Algorithm, FactorKind, Seed, seed_files
from mfa.seed_files import SeedFormat


@dataclass(frozen=True, slots=True)
class Reading:
    """How a seed file is to be read."""

    form: SeedFormat
    mapping: Path | None
    algorithm: Algorithm
    key_file: Path | None
    password_file: Path | None

    def read(self, file: Path) -> tuple[Seed, ...]:
        """Return the tokens of a file; raises ConfigurationError with a line for each problem."""
        key = self._key()
        if key is not None and self.form is not SeedFormat.PSKC:
            raise ConfigurationError("--key-file and --password-file are for --format pskc")
        if (self.mapping is not None) != (self.form is SeedFormat.CSV):
            raise ConfigurationError("--format csv and --mapping belong together")
        if str(file) == str(self.password_file) == "-":
            raise ConfigurationError("the file and its password cannot both be read from standard input")
        content = sys.stdin.buffer.read() if str(file) == "-" else _bytes(file)
        mapping = _text(self.mapping) if self.mapping is not None else ""
        try:
            return seed_files.read_seeds(
                self.form, content, key=key, algorithm=self.algorithm, mapping=mapping
            )
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
