"""People with names that collide, that look alike, or that no rule of thumb survives.

Owns the names of DOMAIN.md section 7.3; `edge_facts.py` has the odd facts, `cast.py` the people
whom the demo presents. `case` is the key under which tests find them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HandWritten:
    """One person: name, workplace, and whatever is not to be drawn. `fields` are fields of Person."""

    case: str
    call_name: str
    surname: str
    workplace: str
    slug: str | None = None
    # Where the entry's own name is not uid=…
    rdn_attribute: str = "uid"
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def display(self) -> str:
        return f"{self.call_name} {self.surname}".strip()


NAMES = (
    ("eight_anna_andersson", "Anna", "Andersson", "Strandskolan"),
    ("eight_anna_andersson", "Anna", "Andersson", "Strandskolan"),
    ("eight_anna_andersson", "Anna", "Andersson", "Björkgården"),
    ("eight_anna_andersson", "Anna", "Andersson", "Ekhagen"),
    ("eight_anna_andersson", "Anna", "Andersson", "Stadsbiblioteket"),
    ("eight_anna_andersson", "Anna", "Andersson", "Lokalvården"),
    ("dots_over_letters", "Åsa", "Öberg", "Kyrkbyskolan"),
    ("dots_over_letters", "Asa", "Oberg", "Hamnskolan"),
    ("accents", "Helén", "Lund", "Ekhagen"),
    ("accents", "Helen", "Lund", "Rosenlund"),
    ("accents", "Hélène", "Lund", "Solgården"),
    ("given_name_as_surname", "Maria", "Björn", "Vikaskolan"),
    ("given_name_as_surname", "Björn", "Björn", "Ishallen"),
    ("double_given_name", "Anna-Karin", "Lindberg", "Furulund"),
    ("double_given_name", "Annakarin", "Lindberg", "Furulund"),
    ("double_given_name", "Anna Karin", "Lindberg", "Hamngården"),
    ("hyphen_characters", "Eva\u2010Lena", "Sand\u2011Holm", "Museet"),
    ("hyphen_characters", "Eva\u2013Lena", "Sand-Holm", "Teatern"),
    ("particles", "Gustaf", "af Klint", "Kansli och ekonomi"),
    ("particles", "Fredrika", "von Sydow", "Centrala elevhälsan"),
    ("particles", "María", "de la Cruz", "Familjecentralen"),
    ("particles", "Youssef", "El Hassan", "Gatuenheten"),
    ("double_surname", "Karin", "Berg-Lindqvist", "Öns skola"),
    ("double_surname", "Karin", "Berg Lindqvist", "Sörby skola"),
    ("apostrophe", "Sinéad", "O'Brien", "Ekviks gymnasium"),
    ("apostrophe", "Niamh", "O\u2019Brien", "Ekviks gymnasium"),
    ("vietnamese", "Thị Mai", "Nguyễn", "Centralköket"),
    ("polish", "Łukasz", "Żółć", "Vatten och avlopp"),
    ("nordic_letters", "Þórunn", "Guðmundsdóttir", "Vuxenutbildningen"),
    ("nordic_letters", "Ægir", "Søndergård", "Hamnen"),
    ("south_slavic", "Đorđe", "Đukić", "Parkenheten"),
    ("german", "Jürgen", "Weiß", "Kulturskolan"),
    ("turkish_i", "İpek", "Işık", "Förskolan Myran"),
    ("arabic_script_only", "فاطمة", "الزهراء", "Förskolan Kotten"),
    ("greek_script_only", "Ελένη", "Παπαδοπούλου", "Simhallen"),
    # The first letter is Cyrillic: in print this is one more Anna Andersson.
    ("homoglyph", "\u0410nna", "Andersson", "Sporthallen"),
    (
        "seventy_characters",
        "Maximiliana-Konstantina",
        "Wolffenstein-Löwenhielm-Cederstråhle-Gyllenros",
        "Konsthallen",
    ),
    ("nfd_letters", "A\u030asa", "A\u030angstro\u0308m", "Ängsskolan"),
    ("trailing_blank", "Ann-Louise ", "Bergqvist ", "Lärcentrum"),
    ("invisible_characters", "Mari\u200banne", "Ek\u00adlund", "Rehabenheten"),
    ("direction_override", "Tomas", "\u202eSvensson", "Nattpatrullen"),
    ("one_letter_surname", "Bo", "Ö", "Deltidsstationen Ön"),
    ("capitals", "ROLF", "SVENSSON", "Avfall och återvinning"),
    ("twins_same_initials", "Emma", "Sjöstrand", "Norrängsskolan"),
    ("twins_same_initials", "Emmy", "Sjöstrand", "Tallbackens skola"),
    ("couple_before_swap", "Klara", "Malmsten", "Museet"),
    ("couple_before_swap", "Jonas", "Hedberg", "Konsthallen"),
)


def edge_names() -> list[HandWritten]:
    """All of them, the ones with a name for their own entry last."""
    return [HandWritten(*row) for row in NAMES] + [
        HandWritten(
            "comma_in_cn",
            "Anna",
            "Andersson",
            "Bygg- och planenheten",
            rdn_attribute="cn",
            fields={"common_name": "Andersson, Anna"},
        ),
        HandWritten(
            "one_word_name", "", "Suharto", "Lokalvården", fields={"given_names": None, "call_name": None}
        ),
        HandWritten(
            "call_name_not_first",
            "Maja",
            "Wester",
            "Hemtjänst Söder",
            fields={"given_names": "Karin Elisabeth Maja"},
        ),
        HandWritten("call_name_missing", "Bertil", "Ståhl", "Fastighetsdrift", fields={"call_name": None}),
    ]
