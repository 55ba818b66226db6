"""What an organisation says about factors, for everybody and every application; part of the catalogue."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from idp.domain.application import Policy
from idp.domain.binding import BindingPolicy


@dataclass(frozen=True, slots=True)
class FactorPolicy:
    """The organisation's rules.

    Attributes:
        binding: how a factor may be bound.
        trusted_device: how long a device is trusted by applications that say nothing, and the most that one may
            say; zero is never anywhere, None leaves it to each application.
        cooling_off: how long an account cools off after a reset (`cooling_off.py`); zero is not at all.
        second_helper: whether a second helper approves what opens a privileged person's account (`approvals.py`).
    """

    binding: BindingPolicy = field(default_factory=BindingPolicy)
    trusted_device: timedelta | None = None
    cooling_off: timedelta = timedelta(days=1)
    second_helper: bool = True

    def applied_to(self, policy: Policy) -> Policy:
        """Return an application's policy with what the organisation says."""
        if self.trusted_device is None:
            return policy
        own = policy.trusted_device
        return replace(
            policy, trusted_device=min(own, self.trusted_device) if own is not None else self.trusted_device
        )
