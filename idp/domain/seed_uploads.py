"""A maker's file between its preview and its taking in: sealed to the helper who sent it, for minutes, kept nowhere.

The browser carries it in the page that shows the preview; what comes back is read anew, so that just what was
shown is taken in.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from idp.domain.errors import SealBroken
from idp.domain.handles import AccountId
from idp.domain.ports import Sealer
from mfa import Algorithm, Seed, seed_files
from mfa.seed_files import SeedFormat

LIFETIME = timedelta(minutes=15)
#: What fits, sealed, into a form.
LARGEST_FILE = 40_000
_LONGEST_TEXT = 4096


@dataclass(frozen=True, slots=True)
class SeedUpload:
    """What a helper sent: the file, and how to read it. `key` is hexadecimal."""

    form: SeedFormat
    content: bytes = field(repr=False)
    algorithm: Algorithm = Algorithm.SHA1
    mapping: str = ""
    key: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def read(self) -> tuple[Seed, ...]:
        """Return the tokens; raises `seed_files.SeedFileError` with what is wrong."""
        if not self.content:
            raise seed_files.SeedFileError(["choose a file"])
        if len(self.content) > LARGEST_FILE:
            raise seed_files.SeedFileError(
                [f"the file is larger than {LARGEST_FILE // 1000} kB: take it in by portvakt token import"]
            )
        key = self._key() if self.form is SeedFormat.PSKC else None
        return seed_files.read_seeds(
            self.form, self.content, key=key, algorithm=self.algorithm, mapping=self.mapping
        )

    def _key(self) -> seed_files.FileKey | None:
        if self.key and self.password:
            raise seed_files.SeedFileError(["give the key or the password, not both"])
        if self.password:
            return seed_files.SeedFilePassword(self.password)
        if not self.key:
            return None
        try:
            return seed_files.PreSharedKey(bytes.fromhex(self.key))
        except ValueError as error:
            raise seed_files.SeedFileError(["the key is not hexadecimal"]) from error


def seal(sealer: Sealer, upload: SeedUpload, account: AccountId, now: datetime) -> str:
    """Return the upload as text that only this server opens, for this helper."""
    held = {
        "form": upload.form.value,
        "content": base64.b64encode(upload.content).decode("ascii"),
        "algorithm": upload.algorithm.value,
        "mapping": upload.mapping,
        "key": upload.key,
        "password": upload.password,
        "until": (now + LIFETIME).isoformat(),
    }
    sealed = sealer.seal(json.dumps(held).encode(), _purpose(account))
    return base64.urlsafe_b64encode(sealed).decode("ascii")


def unseal(sealer: Sealer, text: str, account: AccountId, now: datetime) -> SeedUpload | None:
    """Return what was sealed; None if it is another helper's, too old, or was altered."""
    try:
        held: Mapping[str, str] = json.loads(
            sealer.unseal(base64.urlsafe_b64decode(text.encode("ascii", "replace")), _purpose(account))
        )
    except (SealBroken, ValueError):
        return None
    if now >= datetime.fromisoformat(held["until"]):
        return None
    return SeedUpload(
        SeedFormat(held["form"]),
        base64.b64decode(held["content"]),
        Algorithm(held["algorithm"]),
        held["mapping"],
        held["key"],
        held["password"],
    )


def _purpose(account: AccountId) -> str:
    return f"seed-upload:{account}"
