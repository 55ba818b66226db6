"""The people whom the demo presents, each under a slug by which it finds them.

Owns names, workplaces and what each is there to show. Their logins and passwords are made like
everybody else's.
"""

from deploy.municipality.edge_names import HandWritten

CAST = (
    # Social services, a second factor already: the person of the story.
    ("social-worker", "Sara", "Bergqvist", "Barn och unga", "Socialsekreterare"),
    ("social-worker-colleague", "Omar", "Haddad", "Vuxenenheten", "Socialsekreterare"),
    # No factor yet: enrols at the town hall.
    ("home-care", "Johan", "Lindgren", "Hemtjänst Centrum", "Undersköterska"),
    ("teacher", "Elin", "Sjöberg", "Ekbackeskolan", "Grundskollärare"),
    # Runs Portvakt.
    ("administrator", "Maria", "Holm", "Personal och IT", "Systemförvaltare"),
    # The IT representative (IT-ombud) of one administration.
    ("it-representative", "Peter", "Sandström", "Förvaltningsstab", "Utvecklingsledare"),
)


def demo_people() -> list[HandWritten]:
    return [
        HandWritten("demo", call_name, surname, workplace, slug, fields={"titles": (title,)})
        for slug, call_name, surname, workplace, title in CAST
    ]
