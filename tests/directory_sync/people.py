"""Records made up for tests, with as little said as possible."""

from datetime import UTC, datetime, timedelta

from directory_sync import EmploymentRecord, PersonRecord, Protection

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
TOMORROW = NOW + timedelta(days=1)


def person(key: str = "k1", /, **fields: object) -> PersonRecord:
    """A person whose every value follows from the key unless it is given."""
    values: dict[str, object] = {
        "source": "town",
        "key": key,
        "dn": f"uid={key},ou=people,dc=ekvik,dc=example",
        "login": key,
        "given_name": "Anna",
        "surname": f"Berg {key}",
        "display_name": f"Anna Berg {key}",
        "mail": f"{key}@ekvik.example",
        "employee_number": f"n-{key}",
        "protection": Protection.NONE,
        "language": None,
        "employments": (EmploymentRecord("U1", "Teacher"),),
        "disabled": None,
        "origins": {"login": "uid", "surname": "sn"},
    }
    return PersonRecord(**{**values, **fields})  # type: ignore[arg-type]


def employed(*units: str | None, starts: datetime | None = None, ends: datetime | None = None):
    return tuple(EmploymentRecord(unit, None, starts, ends) for unit in units)
