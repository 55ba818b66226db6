"""What all seed files share: limits, problems said in words, and the keys that some are opened with."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mfa.hardware_token import Seed

LARGEST_FILE = 16 * 1024 * 1024
MOST_TOKENS = 50_000


class SeedFileError(Exception):
    """The file is refused whole; each problem is one line for people and names no secret."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class PreSharedKey:
    """The key that came on another way than the file."""

    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SeedFilePassword:
    """The password that the file's key is derived from."""

    password: str = field(repr=False)


FileKey = PreSharedKey | SeedFilePassword


def check_size(content: bytes) -> None:
    """Refuse a file that no delivery of tokens could be.

    Raises:
        SeedFileError: it is larger.
    """
    if len(content) > LARGEST_FILE:
        raise SeedFileError([f"the file is larger than {LARGEST_FILE // 1024 // 1024} MiB"])


def check_distinct(seeds: Sequence[Seed]) -> None:
    """Refuse a file with one seed twice: the code of one token would be the other's as well.

    Raises:
        SeedFileError: naming the tokens.
    """
    first: dict[bytes, str] = {}
    problems = []
    for seed in seeds:
        owner = first.setdefault(seed.secret, seed.serial)
        if owner != seed.serial:
            problems.append(f"{seed.serial}: has the same seed as {owner}")
    if problems:
        raise SeedFileError(problems[:100])
