"""Reading makers' lists of hardware tokens: PSKC (RFC 6030), SafeNet's XML, and CSV in several dialects.

A reader gives `Seed`s, each one a token that can be checked, or raises `SeedFileError` with every problem of the
file: nothing is taken from a file of which a part is not understood. It knows no stock and no storage.
"""

from mfa.seed_files.csv_lists import read_mapped, read_oath, read_yubico
from mfa.seed_files.mapping import Column, Mapping, SeedEncoding, read_mapping
from mfa.seed_files.pskc import read_pskc
from mfa.seed_files.reading import SeedFormat, read_seeds
from mfa.seed_files.safenet import read_safenet
from mfa.seed_files.seed_file import FileKey, PreSharedKey, SeedFileError, SeedFilePassword

__all__ = [
    "Column",
    "FileKey",
    "Mapping",
    "PreSharedKey",
    "SeedEncoding",
    "SeedFileError",
    "SeedFilePassword",
    "SeedFormat",
    "read_mapped",
    "read_mapping",
    "read_oath",
    "read_pskc",
    "read_safenet",
    "read_seeds",
    "read_yubico",
]
