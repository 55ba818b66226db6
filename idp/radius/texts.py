"""What people read in Reply-Message, by the language of the NAS; each text may be worded anew for one NAS.

Before a first factor is proved there is one text for everything (S9); after it, the reason in words.
"""

import gettext
from collections.abc import Mapping
from functools import lru_cache

from idp.domain.outcomes import Problem
from idp.domain.reasons import sentence
from idp.domain.signin.text_channel import CodeAsked, NotLetIn
from idp.domain.steps import SENT_KINDS, Need
from idp.radius.nas import NasSettings
from idp.web.languages import translations
from idp.web.marking import mark
from mfa import FactorKind

TEXTS: Mapping[str, str] = {
    "refused": mark("Sign-in failed. Check name, password and code."),
    "unavailable": mark("Sign-in is not possible just now. Try again in a few minutes."),
    "ask_code": mark("Enter the code from your app."),
    "ask_code_or_other": mark("Enter the code from your app, or a recovery or temporary code."),
    "code_sent": mark("A code is on its way to {place}. Enter it."),
    "have_sent": mark("Or type {number} to have one sent to {place}."),
    "only_sent": mark("Type {number} to have a code sent to {place}."),
    "sending_throttled": mark("Too many codes have been sent. Wait a while."),
    "append_code": mark("The code is missing: type it right after the password."),
    "wrong_code": mark("The code is wrong."),
    "used_code": mark("The code has been used already. Wait for the next one."),
    "expired_code": mark("The code has expired."),
    "malformed_code": mark("That is not a code."),
    "throttled": mark("Too many wrong codes. Wait a while and try again."),
    "too_late": mark("The answer came too late. Begin again."),
    "new_password": mark("The password has to be changed first. Sign in with a browser to change it."),
    "no_factor": mark(
        "You have no factor that works here. Sign in with a browser and set up an authenticator app."
    ),
    "password_too": mark("The system asks for the password as well."),
}

_PROBLEMS = {
    Problem.WRONG_CODE: "wrong_code",
    Problem.CODE_USED: "used_code",
    Problem.CODE_EXPIRED: "expired_code",
    Problem.MALFORMED_CODE: "malformed_code",
    Problem.THROTTLED: "throttled",
    Problem.SENDING_THROTTLED: "sending_throttled",
    Problem.OVERTAKEN: "too_late",
}
_ELSEWHERE = {
    Need.NEW_PASSWORD: "new_password",
    Need.ENROLMENT: "no_factor",
    Need.ACTIVATION_CODE: "no_factor",
    Need.RECOVERY_CODES: "no_factor",
    Need.PASSWORD: "password_too",
}


@lru_cache(maxsize=8)
def _catalogue(language: str) -> gettext.NullTranslations:
    return translations(language)


def text(settings: NasSettings, name: str) -> str:
    """Return one text as this NAS is to say it."""
    return settings.texts.get(name) or _catalogue(settings.language).gettext(TEXTS[name])


def refusal(settings: NasSettings, told: NotLetIn) -> str:
    """Return why somebody is not let in, as far as they may know."""
    if told.account is None:
        if told.problem is Problem.UNAVAILABLE:
            return text(settings, "unavailable")
        return text(settings, "too_late" if told.problem is Problem.OVERTAKEN else "refused")
    if told.reasons:
        return sentence(told.reasons[-1], _catalogue(settings.language).gettext)
    name = _ELSEWHERE.get(told.elsewhere) if told.elsewhere else _PROBLEMS.get(told.problem)
    return text(settings, name or "refused")


def prompt(settings: NasSettings, asked: CodeAsked) -> str:
    """Return what asks for a code, with what was wrong with the last one and where one can be sent to."""
    said = []
    problem = _PROBLEMS.get(asked.problem) if asked.problem else None
    if problem:
        said.append(text(settings, problem))
    if asked.sent_to:
        said.append(text(settings, "code_sent").format(place=asked.sent_to))
        return " ".join(said)
    held = set(asked.kinds) - SENT_KINDS
    if held:
        only_app = held <= {FactorKind.TOTP, FactorKind.HOTP}
        said.append(text(settings, "ask_code" if only_app else "ask_code_or_other"))
    for number, place in enumerate(asked.destinations, 1):
        said.append(text(settings, "have_sent" if held else "only_sent").format(number=number, place=place))
    return " ".join(said)


def code_missing(settings: NasSettings, asked: CodeAsked) -> str:
    """Return why a sign-in without challenges failed: the code was wrong, or was not there."""
    problem = _PROBLEMS.get(asked.problem) if asked.problem else None
    return text(settings, problem or "append_code")
