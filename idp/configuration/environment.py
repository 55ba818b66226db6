"""Environment variables laid over a table: PORTVAKT_LISTEN__PORT over `port` in `[listen]`.

Knows the form of the names, not what they mean; who reads the table reports the unknown ones.
"""

from collections.abc import Mapping

from idp.configuration.table_reader import FromEnvironment, Problems

PREFIX = "PORTVAKT_"
FILE_VARIABLE = "PORTVAKT_SETTINGS"
#: Under the prefix, yet no settings: secrets that files refer to, and the programs around Portvakt.
_NO_SETTINGS = ("PORTVAKT_SECRET_", "PORTVAKT_DEMO_", "PORTVAKT_TEST_", "PORTVAKT_BENCH_", FILE_VARIABLE)


def with_environment(
    table: Mapping[str, object], environment: Mapping[str, str], problems: Problems
) -> dict[str, object]:
    """Return `table` with what the environment says in place of what it said itself."""
    merged = {name: dict(value) if isinstance(value, Mapping) else value for name, value in table.items()}
    for variable, text in sorted(environment.items()):
        if not variable.startswith(PREFIX) or variable.startswith(_NO_SETTINGS):
            continue
        first, *rest = variable.removeprefix(PREFIX).lower().split("__")
        value = FromEnvironment(variable, text)
        inner = merged.setdefault(first, {}) if rest else merged
        if len(rest) > 1 or not isinstance(inner, dict):
            problems.add(variable, "is not a known setting; the key of a table is PORTVAKT_TABLE__KEY")
        else:
            inner[rest[0] if rest else first] = value
    return merged
