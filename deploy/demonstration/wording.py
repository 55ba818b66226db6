"""How a relying party says in words what a token says in codes: levels, methods, times.

Owns the words, in Swedish and English. Knows nothing of where the claims come from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

Language = Literal["sv", "en"]
STOCKHOLM = ZoneInfo("Europe/Stockholm")

LEVELS: Mapping[str, Mapping[Language, str]] = {
    "https://refeds.org/profile/mfa": {"sv": "Två faktorer", "en": "Two factors"},
    "https://refeds.org/profile/sfa": {"sv": "En faktor", "en": "One factor"},
}
# RFC 8176 §2
METHODS: Mapping[str, Mapping[Language, str]] = {
    "pwd": {"sv": "lösenord", "en": "password"},
    "otp": {"sv": "engångskod", "en": "one-time code"},
    "mfa": {"sv": "flera faktorer", "en": "several factors"},
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a page: what it is, what it says, and the code that it says it from."""

    label: str
    value: str
    code: str = ""


def language_of(header: str) -> Language:
    """Swedish unless English is named first (RFC 9110 §12.5.4, without weights: two languages need none)."""
    languages = [part.split(";")[0].strip().lower()[:2] for part in header.split(",")]
    known = [language for language in languages if language in {"sv", "en"}]
    return "en" if known[:1] == ["en"] else "sv"


def time_in_words(moment: datetime, language: Language) -> str:
    """The time of day in Sweden, with the date."""
    local = moment.astimezone(STOCKHOLM)
    return f"{local:%Y-%m-%d} {'kl.' if language == 'sv' else 'at'} {local:%H:%M:%S}"


def person_facts(claims: Mapping[str, object], language: Language) -> list[Fact]:
    """Who the person is, as far as the claims say."""
    labels: Sequence[tuple[str, str, str]] = (
        ("name", "Namn", "Name"),
        ("preferred_username", "Användarnamn", "User name"),
        ("email", "E-postadress", "E-mail address"),
        ("unit_names", "Enhet", "Unit"),
    )
    return [
        Fact(swedish if language == "sv" else english, _text(claims[claim]))
        for claim, swedish, english in labels
        if claims.get(claim)
    ]


def proof_facts(claims: Mapping[str, object], language: Language) -> list[Fact]:
    """How the person proved it: level, methods, time."""
    swedish = language == "sv"
    acr, amr = str(claims.get("acr") or ""), claims.get("amr")
    methods = [str(method) for method in amr] if isinstance(amr, list) else []
    words = [
        METHODS[method][language] if method in METHODS else method for method in methods if method != "mfa"
    ]
    facts = [
        Fact("Styrka" if swedish else "Strength", LEVELS.get(acr, {}).get(language, acr or "–"), acr),
        Fact("Sätt" if swedish else "Methods", " + ".join(words) or "–", " ".join(methods)),
    ]
    moment = claims.get("auth_time")
    if isinstance(moment, int):
        text = time_in_words(datetime.fromtimestamp(moment, STOCKHOLM), language)
        facts.append(Fact("Tidpunkt" if swedish else "When", text, str(moment)))
    return facts


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
