"""A directory's settings as they stand in a file or in the environment.

From loose values to `DirectorySettings`.

Owns the types of the values and the complaint about each. What must hold between them is checked by
`settings`.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from directory_sync.attribute_mapping import AttributeMapping, MappingError
from directory_sync.brake import BRAKED_KINDS, BrakeSettings, Limit
from directory_sync.settings import DirectorySettings, FollowSettings, SettingsError, Timeouts, parse_address
from directory_sync.sources.personnel_file import FIELDS, FileSettings
from directory_sync.sources.profiles import PROFILES

_TEXTS = ("person_filter", "unit_filter", "group_filter")
PERSONNEL_FILE = "personnel_file"
_KNOWN = {
    "name",
    "url",
    "base_dn",
    "bind_dn",
    "bind_password",
    "ca_file",
    "start_tls",
    "page_size",
    "timeouts",
    "mapping",
    "brake",
    "kind",
    "follow",
    *_TEXTS,
}


def directory_settings(settings: Mapping[str, object], where: str = "directory") -> DirectorySettings:
    """Read one directory's table; `where` is how complaints call it. Raises `SettingsError`."""
    if settings.get("kind") == PERSONNEL_FILE:
        return _file(settings, where)
    for key in settings:
        if key not in _KNOWN:
            raise SettingsError(
                f"{where}.{key}: no such setting; expected one of {', '.join(sorted(_KNOWN))}"
            )
    kind = settings.get("kind", "openldap")
    profile = PROFILES.get(kind) if isinstance(kind, str) else None
    if profile is None:
        raise SettingsError(
            f"{where}.kind: expected one of {', '.join(sorted([*PROFILES, PERSONNEL_FILE]))}, found {kind!r}"
        )
    url = _text(settings, "url", where)
    ca_file = _optional_text(settings, "ca_file", where)
    try:
        address = parse_address(url)
        needs_tls = address.scheme == "ldap" and not address.is_safe_in_the_clear
        return DirectorySettings(
            name=_text(settings, "name", where),
            url=url,
            base_dn=_text(settings, "base_dn", where),
            bind_dn=_text(settings, "bind_dn", where),
            bind_password=_text(settings, "bind_password", where),
            person_filter=_optional_text(settings, "person_filter", where) or profile.person_filter,
            unit_filter=_optional_text(settings, "unit_filter", where),
            group_filter=_optional_text(settings, "group_filter", where),
            ca_file=None if ca_file is None else Path(ca_file),
            start_tls=_truth(settings, "start_tls", where, default=needs_tls),
            timeouts=_timeouts(_table(settings, "timeouts", where), f"{where}.timeouts"),
            page_size=_whole(settings, "page_size", where, 1000),
            mapping=AttributeMapping.from_mapping(
                _table(settings, "mapping", where), f"{where}.mapping", profile.mapping
            ),
            brake=_brake(_table(settings, "brake", where), f"{where}.brake"),
            profile=profile,
            follow=_follow(_table(settings, "follow", where), f"{where}.follow"),
        )
    except MappingError as error:
        raise SettingsError(str(error)) from None
    except SettingsError as error:
        text = str(error)
        raise SettingsError(text if text.startswith(f"{where}.") else f"{where}.{text}") from None


def _file(settings: Mapping[str, object], where: str) -> DirectorySettings:
    own = {"path", "columns", "form", "encoding", "separator", "end_row", "least_rows", "personal_numbers"}
    _only(settings, {"name", "kind", "brake", "follow", "bind_password", "time_zone", *own}, where)
    _only(_table(settings, "follow", where), {"enabled", "poll", "reconcile_at"}, f"{where}.follow")
    columns = _table(settings, "columns", where)
    try:
        file = FileSettings(
            name=_text(settings, "name", where),
            path=Path(_text(settings, "path", where)),
            columns={name: _text(columns, name, f"{where}.columns") for name in columns},
            form=_optional_text(settings, "form", where) or "csv",
            encoding=_optional_text(settings, "encoding", where) or "utf-8-sig",
            separator=_optional_text(settings, "separator", where) or ";",
            end_row=_optional_text(settings, "end_row", where),
            least_rows=_whole(settings, "least_rows", where, 1),
            personal_numbers=_truth(settings, "personal_numbers", where, default=True),
        )
    except SettingsError:
        raise
    except ValueError as error:
        raise SettingsError(f"{where}.{error}") from None
    zone = {"time_zone": settings["time_zone"]} if "time_zone" in settings else {}
    try:
        mapping = AttributeMapping.from_mapping(zone, where, FIELDS)
    except MappingError as error:
        raise SettingsError(str(error)) from None
    return DirectorySettings(
        name=file.name,
        url="",
        base_dn="",
        bind_dn="",
        bind_password="",
        mapping=mapping,
        brake=_brake(_table(settings, "brake", where), f"{where}.brake"),
        follow=_follow(_table(settings, "follow", where), f"{where}.follow"),
        file=file,
    )


def _timeouts(settings: Mapping[str, object], where: str) -> Timeouts:
    _only(settings, {"connect", "operation", "sign_in", "reading", "silence"}, where)
    default = Timeouts()
    return Timeouts(
        _seconds(settings, "connect", where, default.connect),
        _seconds(settings, "operation", where, default.operation),
        _seconds(settings, "sign_in", where, default.sign_in),
        _seconds(settings, "reading", where, default.reading),
        _seconds(settings, "silence", where, default.silence),
    )


def _brake(settings: Mapping[str, object], where: str) -> BrakeSettings:
    _only(settings, {"share", "number", "unit", "kinds"}, where)
    limit = _limit(settings, where, Limit())
    unit = settings.get("unit")
    kinds = dict(BrakeSettings().kinds)
    for kind in _table(settings, "kinds", where):
        if kind not in BRAKED_KINDS:
            raise SettingsError(
                f"{where}.kinds.{kind}: expected one of {', '.join(sorted(BRAKED_KINDS))}; leavers: the brake itself"
            )
        table = _table(_table(settings, "kinds", where), kind, f"{where}.kinds")
        _only(table, {"share", "number"}, f"{where}.kinds.{kind}")
        kinds[kind] = _limit(table, f"{where}.kinds.{kind}", Limit(0, 0))
    if unit is None:
        return BrakeSettings(limit.share, limit.number, None, kinds)
    table = _table(settings, "unit", where)
    _only(table, {"share", "number"}, f"{where}.unit")
    return BrakeSettings(limit.share, limit.number, _limit(table, f"{where}.unit", Limit()), kinds)


def _limit(settings: Mapping[str, object], where: str, default: Limit) -> Limit:
    share = settings.get("share", default.share)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise SettingsError(f"{where}.share: expected a number from 0 to 1, found {share!r}")
    number = _whole(settings, "number", where, default.number)
    if number < 0:
        raise SettingsError(f"{where}.number: expected 0 or more, found {number}")
    return Limit(float(share), number)


def _follow(settings: Mapping[str, object], where: str) -> FollowSettings:
    _only(settings, {"enabled", "poll", "reconcile_at", "mechanism"}, where)
    default = FollowSettings()
    at = settings.get("reconcile_at", f"{default.reconcile_at:%H:%M}")
    try:
        reconcile_at = datetime.strptime(str(at), "%H:%M").time()  # noqa: DTZ007  a time of day has no zone
    except ValueError:
        raise SettingsError(f"{where}.reconcile_at: expected a time such as “02:30”, found {at!r}") from None
    return FollowSettings(
        _truth(settings, "enabled", where, default=default.enabled),
        _seconds(settings, "poll", where, default.poll),
        reconcile_at,
        _optional_text(settings, "mechanism", where),
    )


def _text(settings: Mapping[str, object], key: str, where: str) -> str:
    value = settings.get(key)
    if not isinstance(value, str) or not value.strip():
        found = "a value of another kind" if value else "nothing"
        raise SettingsError(f"{where}.{key}: expected a text, found {found}")
    return value


def _optional_text(settings: Mapping[str, object], key: str, where: str) -> str | None:
    value = settings.get(key)
    return None if value is None or value == "" else _text(settings, key, where)


def _truth(settings: Mapping[str, object], key: str, where: str, *, default: bool) -> bool:
    value = settings.get(key, default)
    if not isinstance(value, bool):
        raise SettingsError(f"{where}.{key}: expected true or false, found {value!r}")
    return value


def _whole(settings: Mapping[str, object], key: str, where: str, default: int) -> int:
    value = settings.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise SettingsError(f"{where}.{key}: expected a whole number, found {value!r}")
    return value


def _seconds(settings: Mapping[str, object], key: str, where: str, default: float) -> float:
    value = settings.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST:
        raise SettingsError(
            f"{where}.{key}: expected seconds, more than 0 and at most {_LONGEST}, found {value!r}"
        )
    return float(value)


_LONGEST = 86_400


def _table(settings: Mapping[str, object], key: str, where: str) -> Mapping[str, object]:
    value = settings.get(key, {})
    if not isinstance(value, Mapping):
        raise SettingsError(f"{where}.{key}: expected a table, found {value!r}")
    return value


def _only(settings: Mapping[str, object], known: set[str], where: str) -> None:
    for key in settings:
        if key not in known:
            raise SettingsError(f"{where}.{key}: no such setting; expected one of {', '.join(sorted(known))}")
