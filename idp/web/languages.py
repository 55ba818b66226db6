"""Swedish and English: which one a visitor reads, and its translations.

Catalogues are .po files read at start; no compiled file is kept beside them. Msgids are plain English.
"""

import gettext
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.types import Scope

from idp.web import cookies
from idp.web.arrival import header

#: The first is what a visitor reads who asks for none of them.
LANGUAGES = {"sv": "Svenska", "en": "English"}
DEFAULT = "sv"

_LOCALE = Path(__file__).parent / "locale"
_LONGEST_HEADER = 200


def translations(language: str) -> gettext.NullTranslations:
    """Return the translations into `language`; English is what the msgids are."""
    if language == "en":
        return gettext.NullTranslations()
    compiled = BytesIO()
    with (_LOCALE / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def language_of(scope: Scope) -> str:
    """Return the visitor's language: their own choice, else what the browser asks for (RFC 9110 §12.5.4)."""
    chosen = cookies.read(scope, cookies.LANGUAGE)
    if chosen in LANGUAGES:
        return chosen
    return _preferred(header(scope, b"accept-language")[:_LONGEST_HEADER])


@lru_cache(maxsize=256)
def _preferred(accepted: str) -> str:
    best, best_quality = DEFAULT, 0.0
    for part in accepted.split(","):
        tag, _, parameter = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = _quality(parameter)
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0
