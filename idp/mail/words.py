"""What notices say: one sentence for each kind, in English; the reader's language comes from the catalogues."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from idp.domain.notices import Notice

SUBJECT = "Your account at {organisation}: {what}"

WHAT: Mapping[Notice, str] = {
    Notice.FACTOR_BOUND: "a way to sign in was added",
    Notice.FACTOR_REMOVED: "a way to sign in was removed",
    Notice.RECOVERY_CODES_MADE: "new recovery codes were made",
    Notice.CODE_ISSUED: "a code was issued for you",
    Notice.PASSWORD_CHANGED: "the password was changed",
}

BODY = (
    "This concerns your account {login}.\n\n{at}: {what}.\n\n"
    "If it was you, or you asked for it, there is nothing to do.\n"
    "If it was not, tell your IT support at once."
)
#: The same for a telephone, as a text message or read out.
SHORT = "{organisation}: {what}. Account {login}, {at}. If it was not you, tell your IT support at once."
CODE_SUBJECT = "Code to sign in"
CODE = (
    "{organisation}: your code is {code}. It is for the sign-in that you have just begun. Tell it to nobody."
)
SPOKEN_CODE = "This is {organisation}. Your code is: {code}. Once more: {code}."
DEFAULT_LANGUAGE = "sv"
CONTACT = "IT support: {contact}"

Translate = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who tells: the organisation, whom to ask, and in which time zone people read the clock."""

    organisation: str
    contact: str
    timezone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Words:
    """A notice in words."""

    subject: str
    text: str


def words_of(
    notice: Notice, login: str, at: datetime, language: str, sender: Sender, translate: Translate
) -> Words:
    """Return subject and text; `translate(language, msgid)` maps the sentences."""
    what, clock = translate(language, WHAT[notice]), _clock(at, sender)
    subject = translate(language, SUBJECT).format(organisation=sender.organisation, what=what)
    text = translate(language, BODY).format(login=login, at=clock, what=what)
    if sender.contact:
        text += "\n\n" + translate(language, CONTACT).format(contact=sender.contact)
    return Words(subject, text + "\n")


def short_words_of(
    notice: Notice, login: str, at: datetime, language: str, sender: Sender, translate: Translate
) -> str:
    """Return the notice as one short text, for a telephone."""
    what, clock = translate(language, WHAT[notice]), _clock(at, sender)
    return translate(language, SHORT).format(
        organisation=sender.organisation, what=what, login=login, at=clock
    )


def _clock(at: datetime, sender: Sender) -> str:
    return at.astimezone(sender.timezone).strftime("%Y-%m-%d %H:%M")
