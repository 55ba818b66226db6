"""An application's policy as a table of the file, and back. Pure.

everyone = true | groups = […] | units = […]     who
networks = […]                                   from where; empty is anywhere
assurance = "two_factors"                        how strongly
assurance_on = { stadshuset = "one_factor" }     how strongly on a named network
max_age = "8h", session_lifetime = "10h"         how fresh, and how long
trusted_device = "30d" | "never"                 how long a trusted device stands in for a second factor
passkeys = "any" | "certified"                   which passkeys count for it
passkey_models = ["…AAGUID…"]                    only these models, as an attestation proves them
open_without_directory = true                    a remembered password counts while the directory is away
weaker = ["text_message", "voice_call"]          codes sent by telephone or mail that are accepted
"""

import re
from datetime import timedelta

from idp.configuration.durations import write_duration
from idp.configuration.factors import read_trust, write_trust
from idp.configuration.objects import JsonValue
from idp.configuration.table_reader import TableReader
from idp.domain.application import AcceptedPasskeys, Audience, Policy
from idp.domain.assurance import WEAKER, Assurance, Method

LEVELS = {level.name.lower(): level for level in Assurance if level is not Assurance.NONE}
_AAGUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHORTEST = timedelta(minutes=1)
_LONGEST = timedelta(days=30)


def read_policy(table: TableReader) -> Policy:
    """Return the policy of a table; without one nobody is let in."""
    audience = Audience(
        everyone=table.boolean("everyone", default=False),
        groups=frozenset(table.texts("groups")),
        units=frozenset(table.texts("units")),
    )
    if audience.everyone and (audience.groups or audience.units):
        table.problems.add(table.path("everyone"), "expected either everyone or groups and units, found both")
    default = Policy()
    max_age = None
    if table.has("max_age"):
        max_age = table.duration("max_age", _LONGEST, least=_SHORTEST, most=_LONGEST)
    policy = Policy(
        audience=audience,
        networks=frozenset(table.texts("networks")),
        assurance=table.choice("assurance", default.assurance, LEVELS),
        assurance_on=_levels(table.inner("assurance_on")),
        max_age=max_age,
        session_lifetime=table.duration(
            "session_lifetime", default.session_lifetime, least=_SHORTEST, most=_LONGEST
        ),
        passkeys=AcceptedPasskeys(
            certified=table.choice("passkeys", "any", {"any": "any", "certified": "certified"})
            == "certified",
            models=_models(table),
        ),
        open_without_directory=table.boolean("open_without_directory", default=False),
        weaker=_weaker(table),
        trusted_device=read_trust(table),
    )
    table.finish()
    return policy


def write_policy(policy: Policy) -> dict[str, JsonValue]:
    """Return the fields of a policy, all of them, in canonical order; `read_policy` reads them back."""
    return {
        "everyone": policy.audience.everyone,
        "groups": [*sorted(policy.audience.groups)],
        "units": [*sorted(policy.audience.units)],
        "networks": [*sorted(policy.networks)],
        "assurance": policy.assurance.name.lower(),
        "assurance_on": {name: level.name.lower() for name, level in sorted(policy.assurance_on.items())},
        "max_age": write_duration(policy.max_age) if policy.max_age is not None else None,
        "session_lifetime": write_duration(policy.session_lifetime),
        "passkeys": "certified" if policy.passkeys.certified else "any",
        "trusted_device": write_trust(policy.trusted_device),
        "passkey_models": [*sorted(policy.passkeys.models)],
        "open_without_directory": policy.open_without_directory,
        "weaker": [*sorted(policy.weaker)],
    }


def _models(table: TableReader) -> frozenset[str]:
    given = table.texts("passkey_models")
    for one in given:
        if not _AAGUID.fullmatch(one):
            table.wrong(
                "passkey_models", "the AAGUIDs of models, such as 2fc0579f-8113-47ea-b116-bb5a8db9202a"
            )
    return frozenset(given)


def _weaker(table: TableReader) -> frozenset[Method]:
    if not table.has("weaker"):
        return Policy().weaker
    named = table.texts("weaker")
    if not set(named) <= {method.value for method in WEAKER}:
        table.wrong("weaker", "any of text_message, voice_call and email_code")
        return frozenset()
    return frozenset(Method(name) for name in named)


def _levels(table: TableReader) -> dict[str, Assurance]:
    return {network: table.choice(network, None, LEVELS) for network in table.table}
