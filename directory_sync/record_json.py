"""Records as JSON and back, and their fingerprints.

Owns the form in which a table holds a record, and by what a changed one is recognised. Knows nothing of lines,
tables or LDAP.
"""

import json
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TypeAlias, cast

from directory_sync.records import EmploymentRecord, GroupRecord, PersonRecord, Protection, UnitRecord

JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

FINGERPRINT_SIZE = 16
ABSENT_MARK = bytes(FINGERPRINT_SIZE)
"""The fingerprint of one of whom the directory says nothing."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


def to_text(value: JsonObject) -> str:
    """The one canonical text of an object: keys sorted, no blanks, UTF-8."""
    return _encode(value)


def from_text(text: str) -> JsonObject:
    value = json.loads(text)
    if not isinstance(value, dict):
        msg = "expected a JSON object"
        raise TypeError(msg)
    return value


def time_to_json(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat()


def time_from_json(value: JsonValue) -> datetime | None:
    return None if value is None else datetime.fromisoformat(text_of(value)).astimezone(UTC)


def text_of(value: JsonValue) -> str:
    if not isinstance(value, str):
        msg = f"expected a text, found {type(value).__name__}"
        raise TypeError(msg)
    return value


def optional_text(value: JsonValue) -> str | None:
    return None if value is None else text_of(value)


def list_of(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        msg = f"expected a list, found {type(value).__name__}"
        raise TypeError(msg)
    return value


def object_of(value: JsonValue) -> JsonObject:
    if not isinstance(value, dict):
        msg = f"expected an object, found {type(value).__name__}"
        raise TypeError(msg)
    return value


def person_to_json(record: PersonRecord) -> JsonObject:
    expires: JsonObject = {} if record.expires is None else {"expires": time_to_json(record.expires)}
    return {
        **expires,
        "source": record.source,
        "key": record.key,
        "dn": record.dn,
        "login": record.login,
        "given_name": record.given_name,
        "surname": record.surname,
        "display_name": record.display_name,
        "mail": record.mail,
        "employee_number": record.employee_number,
        "protection": record.protection.value,
        "language": record.language,
        "employments": [
            [e.unit_code, e.title, time_to_json(e.starts), time_to_json(e.ends)] for e in record.employments
        ],
        "disabled": record.disabled,
        "origins": cast("JsonObject", dict(record.origins)),
    }


def person_from_json(value: JsonObject) -> PersonRecord:
    return PersonRecord(
        source=text_of(value["source"]),
        key=text_of(value["key"]),
        dn=text_of(value["dn"]),
        login=optional_text(value["login"]),
        given_name=text_of(value["given_name"]),
        surname=text_of(value["surname"]),
        display_name=text_of(value["display_name"]),
        mail=optional_text(value["mail"]),
        employee_number=optional_text(value["employee_number"]),
        protection=Protection(text_of(value["protection"])),
        language=optional_text(value["language"]),
        employments=tuple(_employment_from_json(list_of(e)) for e in list_of(value["employments"])),
        disabled=optional_text(value["disabled"]),
        expires=time_from_json(value.get("expires")),
        origins={name: text_of(attribute) for name, attribute in object_of(value["origins"]).items()},
    )


def _employment_from_json(value: list[JsonValue]) -> EmploymentRecord:
    unit_code, title, starts, ends = value
    return EmploymentRecord(
        optional_text(unit_code), optional_text(title), time_from_json(starts), time_from_json(ends)
    )


def unit_to_json(record: UnitRecord) -> JsonObject:
    return {
        "source": record.source,
        "key": record.key,
        "dn": record.dn,
        "code": record.code,
        "name": record.name,
        "parent_code": record.parent_code,
    }


def unit_from_json(value: JsonObject) -> UnitRecord:
    return UnitRecord(
        source=text_of(value["source"]),
        key=text_of(value["key"]),
        dn=text_of(value["dn"]),
        code=text_of(value["code"]),
        name=text_of(value["name"]),
        parent_code=optional_text(value["parent_code"]),
    )


def group_to_json(record: GroupRecord) -> JsonObject:
    return {
        "source": record.source,
        "key": record.key,
        "dn": record.dn,
        "name": record.name,
        "members": list(record.members),
    }


def group_from_json(value: JsonObject) -> GroupRecord:
    return GroupRecord(
        source=text_of(value["source"]),
        key=text_of(value["key"]),
        dn=text_of(value["dn"]),
        name=text_of(value["name"]),
        members=tuple(text_of(member) for member in list_of(value["members"])),
    )


def person_text(record: PersonRecord) -> str:
    """The canonical text of a person."""
    return to_text(person_to_json(record))


def person_from_text(text: str) -> PersonRecord:
    return person_from_json(from_text(text))


def person_fingerprint(record: PersonRecord) -> bytes:
    """Sixteen bytes that differ when anything in the record differs; the same in every run and process.

    Made for each person at each reading, so not from the JSON but from the values in a row, each marked as present or
    missing and ended by NUL. Should a value hold that itself, the JSON does.
    """
    values = [
        record.source,
        record.key,
        record.dn,
        record.login,
        record.given_name,
        record.surname,
        record.display_name,
        record.mail,
        record.employee_number,
        record.protection.value,
        record.language,
        record.disabled,
        str(len(record.employments)),
    ]
    if record.expires is not None:
        values += ("expires", _count(record.expires))
    for employment in record.employments:
        values += (employment.unit_code, employment.title, _count(employment.starts), _count(employment.ends))
    for origin in sorted(record.origins.items()):
        values += origin
    text = "\0".join(["-" if value is None else f"={value}" for value in values])
    if text.count("\0") >= len(values):
        text = "\0" + person_text(record)
    return text_fingerprint(text)


def _count(moment: datetime | None) -> str | None:
    return None if moment is None else str((moment - _EPOCH) // _MICROSECOND)


def unit_text(record: UnitRecord) -> str:
    """The canonical text of a unit."""
    return to_text(unit_to_json(record))


def unit_from_text(text: str) -> UnitRecord:
    return unit_from_json(from_text(text))


def unit_fingerprint(record: UnitRecord) -> bytes:
    return text_fingerprint(unit_text(record))


def group_fingerprint(record: GroupRecord) -> bytes:
    return text_fingerprint(to_text(group_to_json(record)))


def text_fingerprint(text: str) -> bytes:
    """The fingerprint of a record whose canonical text is at hand."""
    return blake2b(text.encode(), digest_size=FINGERPRINT_SIZE).digest()
