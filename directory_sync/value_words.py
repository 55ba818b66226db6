"""What a field is called and what its value says, in the reader's language.

A change holds its values as English texts (`differences`): what stands in them beside the values themselves, such as a
moment or "at", is read back and said anew. What cannot be read back is shown as it stands.
"""

import re
from datetime import UTC, datetime

from directory_sync.records import Protection
from directory_sync.speech import Say, english

_ORIGIN = "origin of "
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC"
_EMPLOYMENT = re.compile(
    r"(?P<title>.*?)(?:(?:^| )at (?P<unit>(?:(?! at ).)+?))?"
    rf"(?:(?:^| )from (?P<starts>{_MOMENT}))?(?:(?:^| )until (?P<ends>{_MOMENT}))?",
    re.DOTALL,
)
_BY_ATTRIBUTE = re.compile(r"(?P<attribute>\S+) is “(?P<value>.*)”", re.DOTALL)

FIELDS = frozenset(
    {
        "login", "given_name", "surname", "display_name", "mail", "employee_number", "protection", "language",
        "disabled", "dn", "employments", "expires", "code", "name", "parent_code",
    }
)  # fmt: skip
"""The fields that have a name in every language; another's is shown as it is."""

DISABLED = frozenset(
    {
        "the account is disabled",
        "the account is locked",
        "the login is disabled",
        "locked for good by an administrator",
    }
)
"""How the profiles say why a directory has disabled somebody."""

CONSTANTS = (*sorted(FIELDS), *sorted(DISABLED), *Protection)
"""Messages that come from a table."""


def field_words(field: str, say: Say) -> str:
    """What a field is called."""
    if field.startswith(_ORIGIN):
        return say("origin of {field}", field=field_words(field.removeprefix(_ORIGIN), say))
    return say(field) if field in FIELDS else field


def value_words(field: str, text: str | None, say: Say) -> str:
    """What a field's text says, in quotation marks."""
    return say("nothing") if text is None else say("“{value}”", value=_told(field, text, say))


def disabled_words(text: str, say: Say) -> str:
    """Why a directory has disabled somebody."""
    by_attribute = _BY_ATTRIBUTE.fullmatch(text)
    if by_attribute is not None:
        return say("{attribute} is “{value}”", **by_attribute.groupdict())
    return say(text) if text in DISABLED else text


def _told(field: str, text: str, say: Say) -> str:
    match field:
        case "protection":
            return say(text) if text in set(Protection) else text
        case "disabled":
            return disabled_words(text, say)
        case "expires":
            moment = _moment(text)
            return text if moment is None else say("{moment}", moment=moment)
        case "employments":
            return "; ".join(_employment(one, say) for one in text.split("; "))
        case _:
            return text


def _employment(text: str, say: Say) -> str:
    # A title may hold what looks like our own words: only what comes out as it went in has been understood.
    return _said_anew(text, say) if _said_anew(text, english) == text else text


def _said_anew(text: str, say: Say) -> str:
    if text == "employed":
        return say("employed")
    found = _EMPLOYMENT.fullmatch(text)
    if found is None:
        return text
    title, unit = found["title"], found["unit"]
    starts, ends = _moment(found["starts"] or ""), _moment(found["ends"] or "")
    parts = (
        title,
        say("at {unit}", unit=unit) if unit else "",
        say("from {begins}", begins=starts) if starts else "",
        say("until {ends}", ends=ends) if ends else "",
    )
    return " ".join(part for part in parts if part)


def _moment(text: str) -> datetime | None:
    if not re.fullmatch(_MOMENT, text):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    except ValueError:
        return None
