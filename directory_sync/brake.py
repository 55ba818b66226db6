"""When to stop.

A plan that would take access away from more people than a normal day does, or change more than it does, is not carried
out. Owns that decision: by share and number, for the source, for one unit, and for each kind of line. Pure.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from directory_sync import brake_words
from directory_sync.lines import KINDS, Leaver, Line, kind_of
from directory_sync.plan import Plan
from directory_sync.speech import english

UnitSizes = Callable[[Collection[str]], Mapping[str, int]]
"""How many active persons each of these units has."""


@dataclass(frozen=True, slots=True)
class Limit:
    """More than this share *and* more than this number is too much."""

    share: float = 0.05
    number: int = 5

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            msg = f"brake.share: expected a number from 0 to 1, found {self.share}"
            raise ValueError(msg)
        if self.number < 0:
            msg = f"brake.number: expected a whole number, 0 or more, found {self.number}"
            raise ValueError(msg)

    def allows(self, count: int, of: int) -> bool:
        return count <= self.number or count <= self.share * of

    def most(self, of: int) -> int:
        return max(self.number, int(self.share * of))


LOSING_GROUPS = Limit(0, 25)


@dataclass(frozen=True, slots=True)
class BrakeSettings(Limit):
    """`share` and `number` hold for those whom a plan disables, `unit` for those of one unit, `kinds` for lines.

    The share of lines about persons is one of the active accounts. Lines about units and groups have no share.
    """

    unit: Limit | None = None
    kinds: Mapping[str, Limit] = field(default_factory=lambda: {"group_removed": LOSING_GROUPS})


BRAKED_KINDS = frozenset(KINDS.values()) - {"conflict", "leaver"}


@dataclass(frozen=True, slots=True)
class Braked:
    """Why a plan stops, in words; `grounds` are the rules that stop it: `leavers`, `unit CODE`, a kind, `distrust`."""

    reason: str
    would_disable: int
    of: int
    grounds: tuple[str, ...] = ()

    def stops(self, line: Line) -> bool:
        """Whether a line is one of those that are too many: what is followed goes on with the others."""
        if isinstance(line, Leaver):
            return any(ground == "leavers" or ground.startswith("unit ") for ground in self.grounds)
        return kind_of(line) in self.grounds


def brake(
    plan: Plan, settings: BrakeSettings, already: int = 0, unit_sizes: UnitSizes = lambda _codes: {}
) -> Braked | None:
    """Why this plan must not be applied without a human's word, or None.

    `already` are those whom following has disabled since the last reading that counts.
    """
    rules = (_source(plan, settings, already), *_units(plan, settings, unit_sizes), *_kinds(plan, settings))
    tripped = [rule for rule in rules if rule is not None]
    if not tripped:
        return None
    reason = "; ".join(why for _, why in tripped)
    grounds = tuple(ground for ground, _ in tripped)
    return Braked(reason, plan.would_disable + already, plan.known_active + already, grounds)


def distrusted(plan: Plan, why: str | None) -> Braked | None:
    """Stop every plan that says of anybody to be absent, when silence is known to mean nothing (L9)."""
    absent = plan.lines.absent
    if why is None or absent == 0:
        return None
    reason = english(brake_words.AS_ABSENT, why=why, count=absent)
    return Braked(reason, absent, plan.known_active, ("distrust",))


_Rule = tuple[str, str]
"""What stops the plan, and why in words."""


def _source(plan: Plan, settings: BrakeSettings, already: int) -> _Rule | None:
    disabled, active = plan.would_disable + already, plan.known_active + already
    if plan.would_disable == 0 or settings.allows(disabled, active):
        return None
    reason = english(
        brake_words.DISABLES_BESIDES if already else brake_words.DISABLES,
        count=plan.would_disable,
        already=already,
        active=active,
        most=settings.most(active),
        share=f"{settings.share:.1%}",
        number=settings.number,
    )
    return "leavers", reason


def _units(plan: Plan, settings: BrakeSettings, unit_sizes: UnitSizes) -> list[_Rule]:
    limit = settings.unit
    if limit is None:
        return []
    many = {code: count for code, count in sorted(plan.lines.leaving.items()) if count > limit.number}
    sizes = unit_sizes(list(many)) if many else {}
    found: list[_Rule] = []
    for code, count in many.items():
        of = sizes.get(code, 0)
        if not limit.allows(count, of):
            reason = english(brake_words.IN_UNIT, count=count, persons=of, unit=code, most=limit.most(of))
            found.append((f"unit {code}", reason))
    return found


def _kinds(plan: Plan, settings: BrakeSettings) -> list[_Rule]:
    counts = plan.lines.counts
    found: list[_Rule] = []
    for kind, limit in sorted(settings.kinds.items()):
        of = 0 if kind.startswith(("unit", "group")) else plan.known_active
        if not limit.allows(counts[kind], of):
            reason = english(brake_words.OF_KIND, count=counts[kind], kind=kind, most=limit.most(of))
            found.append((kind, reason))
    return found
