"""The eight parts of the municipality: what they are called, how many work there, as what.

Owns the table; `organisation.py` makes units of it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """A line of work within an administration: its titles, and its workplaces with their weights."""

    name: str
    titles: tuple[str, ...]
    workplaces: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Administration:
    """One administration (förvaltning)."""

    code: str
    slug: str
    name: str
    employees: int
    women: float
    areas: tuple[Area, ...]


def _area(name: str, titles: str, workplaces: str) -> Area:
    """Workplaces are written `Name*weight`; the weight is how large it is beside the others."""
    pairs = (text.strip().partition("*") for text in workplaces.split(";"))
    named = ((" ".join(place.split()), int(weight)) for place, _, weight in pairs)
    return Area(name, tuple(titles.split("; ")), tuple(named))


ADMINISTRATIONS = (
    Administration(
        "10",
        "kommunledning",
        "Kommunledningskontoret",
        60,
        0.6,
        (
            _area(
                "Ledning och ekonomi",
                "Ekonom; Controller; Kommunikatör; Jurist; Upphandlare",
                """
Kansli och ekonomi*10
""",
            ),
            _area(
                "Personal och IT",
                "HR-konsult; Systemförvaltare; IT-tekniker; Löneadministratör",
                """
Personal och IT*10
""",
            ),
        ),
    ),
    Administration(
        "20",
        "barn-utbildning",
        "Barn- och utbildningsförvaltningen",
        950,
        0.82,
        (
            _area(
                "Stab",
                "Utvecklingsledare; Handläggare; Skoladministratör",
                """
Förvaltningsstab*10
""",
            ),
            _area(
                "Förskola",
                "Förskollärare; Barnskötare; Barnskötare; Kock; Resurspedagog",
                """
Ekbackens förskola*14; Förskolan Kotten*12; Förskolan Lingonet*11; Förskolan Myran*13; Förskolan
Näckrosen*15; Förskolan Åkerbäret*12; Förskolan Ängen*14; Förskolan Örnen*10; Hamnplans förskola*15;
Kyrkbyns förskola*17; Prästgårdens förskola*13; Solgläntans förskola*18; Strandens förskola*14;
Torpets förskola*9; Vikens förskola*16
""",
            ),
            _area(
                "Grundskola",
                "Grundskollärare; Grundskollärare; Lärare i fritidshem; Elevassistent; Speciallärare; Måltidsbiträde",
                """
Ekbackeskolan*55; Centralskolan*75; Fiskeby skola*28; Hamnskolan*48; Kyrkbyskolan*40; Lillåns
skola*25; Norrängsskolan*52; Strandskolan*44; Sörby skola*22; Tallbackens skola*30; Vikaskolan*45;
Ängsskolan*35; Öns skola*8; Anpassade grundskolan*24; Kulturskolan*15
""",
            ),
            _area(
                "Gymnasium och vuxna",
                "Gymnasielärare; Gymnasielärare; Studie- och yrkesvägledare; SFI-lärare; Elevassistent",
                """
Ekviks gymnasium*85; Vuxenutbildningen*22; Lärcentrum*8
""",
            ),
            _area(
                "Elevhälsa",
                "Skolsköterska; Skolkurator; Skolpsykolog; Specialpedagog",
                """
Centrala elevhälsan*16
""",
            ),
        ),
    ),
    Administration(
        "30",
        "vard-omsorg",
        "Vård- och omsorgsförvaltningen",
        800,
        0.87,
        (
            _area(
                "Stab",
                "Utvecklingsledare; Biståndshandläggare; Planerare",
                """
Förvaltningsstab*20
""",
            ),
            _area(
                "Hemtjänst",
                "Undersköterska; Undersköterska; Vårdbiträde; Samordnare",
                """
Hemtjänst Centrum*45; Hemtjänst Hamnen*32; Hemtjänst Kyrkbyn*30; Hemtjänst Norr*28; Hemtjänst
Söder*28; Hemtjänst Öarna*12; Nattpatrullen*18; Trygghetslarmet*8
""",
            ),
            _area(
                "Särskilt boende",
                "Undersköterska; Undersköterska; Vårdbiträde; Måltidsvärd; Aktivitetsledare",
                """
Björkgården*42; Ekhagen*45; Furulund*36; Hamngården*38; Rosenlund*34; Solgården*48; Ålderdomshemmet
Åsen*26; Ängslyckan*30
""",
            ),
            _area(
                "Funktionsstöd",
                "Stödassistent; Stödassistent; Stödpedagog; Personlig assistent",
                """
Gruppbostaden Backen*14; Gruppbostaden Duvan*13; Gruppbostaden Eken*15; Gruppbostaden Fyren*14;
Gruppbostaden Kajen*13; Gruppbostaden Ängen*15; Daglig verksamhet Ankaret*18; Daglig verksamhet
Verkstan*16; Personlig assistans*40; Korttidshemmet Lyktan*12
""",
            ),
            _area(
                "Hälso- och sjukvård",
                "Sjuksköterska; Distriktssköterska; Arbetsterapeut; Fysioterapeut",
                """
Kommunal hälso- och sjukvård*36; Rehabenheten*20; Hjälpmedelsförrådet*6
""",
            ),
        ),
    ),
    Administration(
        "40",
        "individ-familj",
        "Individ- och familjeomsorgen",
        120,
        0.84,
        (
            _area(
                "Myndighet",
                "Socialsekreterare; Socialsekreterare; Familjerättssekreterare; Administratör",
                """
Barn och unga*34; Vuxenenheten*28; Ekonomiskt bistånd*26
""",
            ),
            _area(
                "Öppenvård",
                "Familjebehandlare; Behandlingsassistent; Boendestödjare",
                """
Familjecentralen*16; Öppenvården Bryggan*16
""",
            ),
        ),
    ),
    Administration(
        "50",
        "kultur-fritid",
        "Kultur- och fritidsförvaltningen",
        110,
        0.6,
        (
            _area(
                "Kultur",
                "Bibliotekarie; Biblioteksassistent; Kulturpedagog; Museipedagog",
                """
Stadsbiblioteket*18; Biblioteket Kyrkbyn*4; Biblioteket Sörby*3; Museet*8; Konsthallen*5; Teatern*7
""",
            ),
            _area(
                "Fritid",
                "Fritidsledare; Badvakt; Anläggningsskötare; Vaktmästare",
                """
Simhallen*20; Sporthallen*12; Ishallen*9; Fritidsgården Centrum*9; Fritidsgården Norr*7;
Friluftsenheten*8
""",
            ),
        ),
    ),
    Administration(
        "60",
        "teknik-service",
        "Teknik- och serviceförvaltningen",
        230,
        0.42,
        (
            _area(
                "Gata, park och vatten",
                "Anläggningsarbetare; Drifttekniker; Parkarbetare; Maskinförare; Projektledare",
                """
Gatuenheten*24; Parkenheten*20; Vatten och avlopp*30; Avfall och återvinning*22; Hamnen*10
""",
            ),
            _area(
                "Kök, lokalvård och fastighet",
                "Lokalvårdare; Lokalvårdare; Kock; Måltidsbiträde; Fastighetsskötare",
                """
Lokalvården*46; Centralköket*30; Fastighetsdrift*26; Bilpool, bud + post*8; Kontaktcenter*14
""",
            ),
        ),
    ),
    Administration(
        "70",
        "miljo-bygg",
        "Miljö- och byggförvaltningen",
        60,
        0.6,
        (
            _area(
                "Miljö",
                "Miljöinspektör; Livsmedelsinspektör; Energirådgivare",
                """
Miljöenheten*28
""",
            ),
            _area(
                "Bygg",
                "Bygglovshandläggare; Planarkitekt; GIS-ingenjör; Byggnadsinspektör",
                """
Bygg- och planenheten*32
""",
            ),
        ),
    ),
    Administration(
        "80",
        "raddning",
        "Räddningstjänsten",
        70,
        0.12,
        (
            _area(
                "Operativ tjänst",
                "Brandman; Brandman; Räddningstjänstpersonal i beredskap; Styrkeledare",
                """
Brandstationen Centrum*34; Deltidsstationen Norr*14; Deltidsstationen Ön*8
""",
            ),
            _area(
                "Förebyggande",
                "Brandinspektör; Säkerhetssamordnare",
                """
Förebyggande enheten*14
""",
            ),
        ),
    ),
)
