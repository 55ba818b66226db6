"""What all seed files share: limits, problems said in words, and the keys that some are opened with."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mfa.hardware_token import Seed

LARGEST_FILE = 16 * 1024 * 1024
MOST_TOKENS = 50_000
_OPENPGP = (
    "the file is encrypted with OpenPGP: decrypt it where its key is, such as with "
    "gpg --decrypt FILE | portvakt token import -"
)


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


def check_file(content: bytes) -> None:
    """Refuse a file that no list of tokens can be: too large, or still encrypted with OpenPGP.

    Makers encrypt lists to the buyer's own key, which has no business on a server that people sign in at.

    Raises:
        SeedFileError: it is one of these.
    """
    if _is_openpgp(content):
        raise SeedFileError([_OPENPGP])
    if len(content) > LARGEST_FILE:
        raise SeedFileError([f"the file is larger than {LARGEST_FILE // 1024 // 1024} MiB"])


def _is_openpgp(content: bytes) -> bool:
    """Whether it begins as an OpenPGP message does (RFC 9580 §4.2, §5.1, §5.3): armoured, or a session key's packet."""
    if b"-----BEGIN PGP MESSAGE-----" in content[:200]:
        return True
    # A version follows the length; no text has such a control character there.
    return content[:1] in _SESSION_KEYS and any(one in _VERSIONS for one in content[2:4])


#: Packets of type 1 and 3 under the old framing with one and two octets of length, and under the new one.
_SESSION_KEYS = (b"\x84", b"\x85", b"\x8c", b"\x8d", b"\xc1", b"\xc3")
_VERSIONS = frozenset({3, 4, 5, 6})


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
