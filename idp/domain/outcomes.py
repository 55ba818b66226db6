"""What a submitted page leads to: the next step, perhaps with what was wrong; the end; or nothing any more."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp.domain.handles import ApplicationId
from idp.domain.steps import Step
from idp.domain.trusted_devices import DeviceHandle


class Problem(StrEnum):
    """What was wrong with the last submission, for the page to say in words.

    WRONG is all that anybody reads before a first factor is proved, whether the name is unknown, the
    password wrong or the account locked or disabled (statement S9).
    """

    WRONG = "wrong"
    WRONG_CODE = "wrong_code"
    CODE_USED = "code_used"
    CODE_EXPIRED = "code_expired"
    MALFORMED_CODE = "malformed_code"
    WRONG_PASSKEY = "wrong_passkey"
    PASSKEY_TOO_LATE = "passkey_too_late"
    PASSKEY_TAKEN = "passkey_taken"
    PASSKEY_UNTRUSTED = "passkey_untrusted"
    NOT_CONSECUTIVE = "not_consecutive"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    GUESSABLE = "guessable"
    BREACHED = "breached"
    NOT_THE_SAME = "not_the_same"
    UNCHANGED = "unchanged"
    REFUSED_BY_DIRECTORY = "refused_by_directory"
    OVERTAKEN = "overtaken"
    SENDING_THROTTLED = "sending_throttled"


@dataclass(frozen=True, slots=True)
class Show:
    """Show `step`.

    Attributes:
        until: when a throttled person may try again.
        words: the directory's own words, where it refused.
        sent_to: where a code has just been sent, as its owner recognises it.
        application: what is being signed in to; None is the portal.
    """

    step: Step
    problem: Problem | None = None
    until: datetime | None = None
    words: str = ""
    application: ApplicationId | None = None
    sent_to: str = ""


@dataclass(frozen=True, slots=True)
class Completed:
    """Signed in: set the session cookie if there is a handle, then go to `return_path`.

    `device` is given to a browser that is trusted from now on.
    """

    session_handle: str | None
    return_path: str
    device: DeviceHandle | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """No such journey in this browser: unknown, expired, finished, or somebody else's."""


Outcome = Show | Completed | Lost
