"""The three lists of an incident's file, read while it is made: one set of columns for page and command."""

from collections.abc import Iterator

from idp.domain.audit_reading import HEADS, Chosen, row_of
from idp.domain.register import Register
from idp.web.zip_export import Sheet


def incident_sheets(register: Register, chosen: Chosen) -> Iterator[Sheet]:
    """Yield time line, people and systems."""
    yield Sheet("timeline.csv", HEADS, (row_of(one) for one in register.log().stream(chosen)))
    people = (
        (one.login, one.name, one.first_at.isoformat(), one.last_at.isoformat(), str(one.records))
        for one in register.incidents().people(chosen)
    )
    yield Sheet("people.csv", ("login", "name", "first", "last", "records"), people)
    systems = (
        (one.name, one.title, str(one.let_in), str(one.refused), str(one.people))
        for one in register.incidents().systems(chosen)
    )
    yield Sheet("systems.csv", ("name", "title", "let in", "refused", "people"), systems)
