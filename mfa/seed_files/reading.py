"""One way into every kind of seed file: what the file is, and what opens or explains it."""

from enum import StrEnum

from mfa.authenticators import Algorithm
from mfa.hardware_token import Seed
from mfa.seed_files.csv_lists import read_mapped, read_oath, read_yubico
from mfa.seed_files.mapping import read_mapping
from mfa.seed_files.pskc import read_pskc
from mfa.seed_files.safenet import read_safenet
from mfa.seed_files.seed_file import FileKey


class SeedFormat(StrEnum):
    """The seed files that are read."""

    PSKC = "pskc"
    OATH = "oath"
    YUBICO = "yubico"
    SAFENET = "safenet"
    CSV = "csv"


def read_seeds(
    form: SeedFormat,
    content: bytes,
    *,
    key: FileKey | None = None,
    algorithm: Algorithm = Algorithm.SHA1,
    mapping: str = "",
) -> tuple[Seed, ...]:
    """Return the tokens of a file.

    Args:
        form: what kind of file it is.
        content: its bytes.
        key: what opens it, for PSKC.
        algorithm: the hash, for an OATH list.
        mapping: which column holds what (TOML), for any other list.

    Raises:
        SeedFileError: the file or its mapping is not understood whole.
    """
    match form:
        case SeedFormat.PSKC:
            return read_pskc(content, key)
        case SeedFormat.OATH:
            return read_oath(content, algorithm)
        case SeedFormat.YUBICO:
            return read_yubico(content)
        case SeedFormat.SAFENET:
            return read_safenet(content)
        case SeedFormat.CSV:
            return read_mapped(content, read_mapping(mapping))
