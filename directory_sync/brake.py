"""When to stop.

A plan that would take access away from more people than a normal day does is not carried out.

Owns that decision. Pure.
"""

from dataclasses import dataclass

from directory_sync.lines import Leaver
from directory_sync.plan import Plan
from directory_sync.records import Inactivity


@dataclass(frozen=True, slots=True)
class BrakeSettings:
    """A plan stops if it disables more than `share` of the known active accounts *and* more than `number`."""

    share: float = 0.05
    number: int = 5

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            msg = f"brake.share: expected a number from 0 to 1, found {self.share}"
            raise ValueError(msg)
        if self.number < 0:
            msg = f"brake.number: expected a whole number, 0 or more, found {self.number}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Braked:
    reason: str
    would_disable: int
    of: int


def brake(plan: Plan, settings: BrakeSettings, already: int = 0) -> Braked | None:
    """Why this plan must not be applied without a human's word, or None.

    `already` are those whom following has disabled since the last reading that counts.
    """
    if plan.would_disable == 0:
        return None
    disabled, active = plan.would_disable + already, plan.known_active + already
    if disabled <= settings.number or disabled <= settings.share * active:
        return None
    limit = max(settings.number, int(settings.share * active))
    reason = (
        f"the plan would disable {plan.would_disable}{_besides(already)} of {active} active accounts; "
        f"at most {limit} are allowed at once ({settings.share:.1%} of the accounts, or {settings.number})"
    )
    return Braked(reason, disabled, active)


def _besides(already: int) -> str:
    return f" besides {already} disabled lately," if already else ""


def distrusted(plan: Plan, why: str | None) -> Braked | None:
    """Stop every plan that says of anybody to be absent, when silence is known to mean nothing (L9)."""
    absent = sum(isinstance(line, Leaver) and line.reason is Inactivity.ABSENT for line in plan.lines)
    if why is None or absent == 0:
        return None
    return Braked(f"{why}; {absent} would be disabled as absent", absent, plan.known_active)
