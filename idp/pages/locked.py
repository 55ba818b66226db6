"""What is locked after too many wrong tries, in plain words: one sentence for each counter."""

from collections.abc import Mapping, Sequence

from idp.web.marking import mark
from idp.web.rendering import Rendering
from mfa import FactorKind, Lock

SENTENCES: Mapping[FactorKind, str] = {
    FactorKind.TOTP: mark("Codes from apps and password generators are locked until {until}."),
    FactorKind.RECOVERY_CODE: mark("Recovery codes are locked until {until}."),
    FactorKind.TEMPORARY_CODE: mark("Temporary codes are locked until {until}."),
    FactorKind.ACTIVATION_CODE: mark("Activation codes are locked until {until}."),
    FactorKind.TEXT_MESSAGE: mark("Codes by telephone and mail are locked until {until}."),
    FactorKind.PASSWORD: mark("The password is locked until {until}."),
}
_OTHER = mark("A way to sign in is locked until {until}.")


def sentences(locks: Sequence[Lock], rendering: Rendering, language: str) -> list[str]:
    """Return a sentence for each lock."""
    return [
        rendering.translate(language, SENTENCES.get(lock.kind.counted_as, _OTHER)).format(
            until=rendering.clock_time(language, lock.until)
        )
        for lock in locks
    ]
