"""Every text that pages may show, found where it stands: templates, marked texts, and the domain's sentences."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir

from directory_sync import brake_words, matching, value_words, wording
from idp.domain import foresight, reasons
from idp.domain.events import words as event_words
from idp.domain.roles import words as role_words
from idp.mail import warnings, words
from idp.pages.administration import plan_words

ROOT = Path(__file__).parents[2]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "mark": None}
METHODS = [("**/*.html", "jinja2"), ("**/*.py", "python")]

Message = str | tuple[str, ...]


def extracted() -> Iterator[Message]:
    """Yield msgids; a pair is a singular and its plural."""
    found = extract_from_dir(ROOT / "idp", METHODS, keywords=KEYWORDS)
    yield from (message for _file, _line, message, _comments, _context in found)
    yield from reasons.SENTENCES.values()
    yield from reasons.ASSURANCES.values()
    yield from plan_messages()
    yield from (words.SUBJECT, *words.WHAT.values(), words.BODY, words.CONTACT, words.SHORT)
    yield from (words.CODE_SUBJECT, words.CODE, words.SPOKEN_CODE)
    yield from (warnings.SUBJECT, *warnings.TEXTS.values())
    yield from event_words.SENTENCES.values()
    yield event_words.OTHER
    yield from foresight.WORDS.values()
    yield from role_words.SENTENCES.values()
    yield from role_words.ROLES.values()
    yield from role_words.REACHES.values()
    yield from role_words.ACTS.values()


def plan_messages() -> Iterator[str]:
    """Yield msgids of what is said of a synchronisation: the library has no catalogue of its own."""
    found = extract_from_dir(ROOT / "directory_sync", METHODS, keywords={"say": None})
    yield from (str(message) for _file, _line, message, _comments, _context in found)
    yield from wording.CONFLICTS.values()
    yield from wording.INACTIVE.values()
    yield matching.PROTECTED_PERSON
    yield from (*brake_words.MESSAGES, *brake_words.DISTRUSTED)
    yield from value_words.CONSTANTS
    yield from plan_words.REASONS
