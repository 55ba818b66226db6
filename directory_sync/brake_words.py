"""Why the brake stopped a plan, in words: told in English where it is stored, read back to be told anew to a reader.

Owns the messages, and that what was told can be read back: with a run the words are stored, not what they came from.
"""

import re
from collections.abc import Mapping
from functools import cache

from directory_sync.changes import GONE_BACK, KNOWS_LESS

DISABLES = (
    "the plan would disable {count} of {active} active accounts; at most {most} are allowed at once "
    "({share} of the accounts, or {number})"
)
DISABLES_BESIDES = (
    "the plan would disable {count} besides {already} disabled lately, of {active} active accounts; at most {most} are "
    "allowed at once ({share} of the accounts, or {number})"
)
IN_UNIT = (
    "the plan would disable {count} of {persons} persons in unit {unit}; at most {most} are allowed at once"
)
OF_KIND = "the plan has {count} lines of the kind {kind}; at most {most} are allowed"
AS_ABSENT = "{why}; {count} would be disabled as absent"

MESSAGES = (DISABLES_BESIDES, DISABLES, IN_UNIT, OF_KIND, AS_ABSENT)
DISTRUSTED = (KNOWS_LESS, GONE_BACK)
"""Why absence is not believed."""

Told = tuple[str, Mapping[str, str]]
"""A message, and the values in it."""

_TEXTS = {"unit": ".+", "kind": "[a-z_]+", "share": r"[0-9]+\.[0-9]%"}
_TEXTS["why"] = "|".join(map(re.escape, DISTRUSTED))
_NEXT = re.compile(r"; (?=the plan (?:would disable|has) [0-9])")


def read_back(reason: str) -> list[Told] | None:
    """Return what a reason was made of, each rule that stopped the plan; None if it was not told by the brake."""
    found = [_read_back(part) for part in _NEXT.split(reason)]
    told = [one for one in found if one is not None]
    return told if len(told) == len(found) else None


def _read_back(part: str) -> Told | None:
    for msgid in MESSAGES:
        match = _pattern(msgid).fullmatch(part)
        if match is not None:
            return msgid, match.groupdict()
    return None


@cache
def _pattern(msgid: str) -> re.Pattern[str]:
    literals = re.split(r"\{(\w+)\}", msgid)
    parts = [
        f"(?P<{part}>{_TEXTS.get(part, '[0-9]+')})" if at % 2 else re.escape(part)
        for at, part in enumerate(literals)
    ]
    return re.compile("".join(parts), re.DOTALL)
