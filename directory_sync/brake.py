"""When to stop.

A plan that would take access away from more people than a normal day does is not carried out.

Owns that decision. Pure.
"""

from dataclasses import dataclass

from directory_sync.plan import Plan


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


def brake(plan: Plan, settings: BrakeSettings) -> Braked | None:
    """Why this plan must not be applied without a human's word, or None."""
    disabled, active = plan.would_disable, plan.known_active
    if disabled <= settings.number or disabled <= settings.share * active:
        return None
    limit = max(settings.number, int(settings.share * active))
    reason = (
        f"the plan would disable {disabled} of {active} active accounts; "
        f"at most {limit} are allowed at once ({settings.share:.1%} of the accounts, or {settings.number})"
    )
    return Braked(reason, disabled, active)
