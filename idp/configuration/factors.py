"""What an organisation says about factors as the table `[organisation.factors]` of the file, and back. Pure.

bind_by = ["existing_factor", "activation_code"] how a factor may be bound; all ways if nothing is said
trusted_device = "30d" | "never"                 for applications that say nothing, and the most that one may say
cooling_off = "24h"                              what stays closed after a reset, and how long; "0s" is nothing
second_helper = true                             whether another helper approves what opens a privileged account
"""

from datetime import timedelta

from idp.configuration.durations import write_duration
from idp.configuration.objects import JsonValue
from idp.configuration.table_reader import TableReader
from idp.domain.binding import BindingPolicy, Way
from idp.domain.factor_policy import FactorPolicy

NAME = "factors"
NEVER = "never"
_WAYS = {way.value: way for way in Way}
_SHORTEST = timedelta(minutes=1)
_LONGEST_COOLING = timedelta(days=14)
_LONGEST_TRUST = timedelta(days=90)


def read_factors(table: TableReader) -> FactorPolicy:
    """Return the rules of a table; an empty list of ways lets nobody bind a factor."""
    return FactorPolicy(
        BindingPolicy(_ways(table)),
        read_trust(table),
        table.duration("cooling_off", FactorPolicy().cooling_off, least=timedelta(), most=_LONGEST_COOLING),
        table.boolean("second_helper", default=True),
    )


def write_factors(policy: FactorPolicy) -> dict[str, JsonValue]:
    """Return the fields of the rules, all of them; `read_factors` reads them back."""
    return {
        "bind_by": [way.value for way in Way if way in policy.binding.ways],
        "trusted_device": write_trust(policy.trusted_device),
        "cooling_off": write_duration(policy.cooling_off),
        "second_helper": policy.second_helper,
    }


def read_trust(table: TableReader) -> timedelta | None:
    """Return how long a device is trusted; zero is never, None is nothing said."""
    if not table.has("trusted_device"):
        return None
    if table.raw("trusted_device") == NEVER:
        return timedelta()
    return table.duration("trusted_device", _LONGEST_TRUST, least=_SHORTEST, most=_LONGEST_TRUST)


def write_trust(trusted: timedelta | None) -> JsonValue:
    """Return the text that `read_trust` reads back."""
    if trusted is None:
        return None
    return write_duration(trusted) if trusted else NEVER


def _ways(table: TableReader) -> frozenset[Way]:
    if not table.has("bind_by"):
        return frozenset(Way)
    given = table.texts("bind_by")
    if not all(word in _WAYS for word in given):
        table.wrong("bind_by", f"a list of {', '.join(_WAYS)}")
    return frozenset(_WAYS[word] for word in given if word in _WAYS)
