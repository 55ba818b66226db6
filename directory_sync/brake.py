"""When to stop.

A plan that would take access away from more people than a normal day does, or change more than it does, is not carried
out. Owns that decision: by share and number, for the source, for one unit, and for each kind of line. Pure.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from directory_sync.lines import KINDS, Leaver, Line, kind_of
from directory_sync.plan import Plan

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
    return Braked(f"{why}; {absent} would be disabled as absent", absent, plan.known_active, ("distrust",))


_Rule = tuple[str, str]
"""What stops the plan, and why in words."""


def _source(plan: Plan, settings: BrakeSettings, already: int) -> _Rule | None:
    disabled, active = plan.would_disable + already, plan.known_active + already
    if plan.would_disable == 0 or settings.allows(disabled, active):
        return None
    besides = f" besides {already} disabled lately," if already else ""
    reason = (
        f"the plan would disable {plan.would_disable}{besides} of {active} active accounts; at most "
        f"{settings.most(active)} are allowed at once ({settings.share:.1%} of the accounts, or {settings.number})"
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
            reason = (
                f"the plan would disable {count} of {of} persons in unit {code}; at most {limit.most(of)} are "
                "allowed at once"
            )
            found.append((f"unit {code}", reason))
    return found


def _kinds(plan: Plan, settings: BrakeSettings) -> list[_Rule]:
    counts = plan.lines.counts
    found: list[_Rule] = []
    for kind, limit in sorted(settings.kinds.items()):
        of = 0 if kind.startswith(("unit", "group")) else plan.known_active
        if not limit.allows(counts[kind], of):
            reason = (
                f"the plan has {counts[kind]} lines of the kind {kind}; at most {limit.most(of)} are allowed"
            )
            found.append((kind, reason))
    return found
