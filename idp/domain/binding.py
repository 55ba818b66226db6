"""How a factor may be bound: one pure function over named checks, one for each way that policy can list.

Never with the password alone (DOMAIN 4.3; NIST SP 800-63B-4 §4.1): whoever has stolen a password must not be able to
give themselves the second factor. Asked by sign-in, by My security, and where
helpers hand tokens out, take seeds over and approve numbers. `factor_policy.py` has what an organisation lists.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from idp.domain.assurance import LENT, Assurance, Factor, Proof, assurance_of, factors_of, fresh
from idp.domain.reason import Reason


class Way(StrEnum):
    """A way to bind a factor; the order is that in which they are tried."""

    EXISTING_FACTOR = "existing_factor"
    ACTIVATION_CODE = "activation_code"
    TEMPORARY_CODE = "temporary_code"
    NETWORK = "network"
    HAND_OUT = "hand_out"
    IMPORT = "import"
    HELPER = "helper"


#: What a helper does in person, with a role for it: gives a token, takes a known seed over, approves a number.
BY_HELPERS = (Way.HAND_OUT, Way.IMPORT, Way.HELPER)


@dataclass(frozen=True, slots=True)
class BindingPolicy:
    """Which ways are listed, and how fresh the proofs must be that an existing factor gives."""

    ways: frozenset[Way] = frozenset(Way)
    fresh: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class BindingFacts:
    """What the asker has shown.

    Attributes:
        proofs: everything proved in this session or journey.
        opened: the way that a code which was shown in this journey opened, or that a helper's act is; or None.
        networks: networks that the asker is on and from which an administrator lets factors be bound.
        cools: whether the account is cooling off after a reset (`cooling_off.py`).
    """

    now: datetime
    proofs: tuple[Proof, ...]
    opened: Way | None = None
    networks: tuple[str, ...] = ()
    cools: bool = False


@dataclass(frozen=True, slots=True)
class MayBind:
    """A factor may be bound, by `way`; `by` tells which network."""

    way: Way
    by: str = ""

    @property
    def reason(self) -> str:
        """The words of the audit log."""
        return f"{self.way.value}:{self.by}" if self.by else self.way.value


@dataclass(frozen=True, slots=True)
class MayNotBind:
    """No listed way is open: a reason for each."""

    reasons: tuple[Reason, ...]


def may_bind(policy: BindingPolicy, facts: BindingFacts) -> MayBind | MayNotBind:
    """Say whether a factor may be bound now, and by which of the listed ways."""
    reasons: list[Reason] = []
    for way, check in CHECKS.items():
        if way not in policy.ways:
            reasons.append(Reason("way_not_listed", {"way": way.value}))
            continue
        found = check(policy, facts)
        if found is not None:
            return MayBind(way, found)
        reasons.append(Reason(f"no_{way.value}"))
    return MayNotBind(tuple(reasons))


def from_existing_factor(policy: BindingPolicy, facts: BindingFacts) -> str | None:
    """Two factors were proved lately, and the account does not cool off.

    A code that a helper issued for signing in is no factor of one's own.
    """
    if facts.cools:
        return None
    own = [proof for proof in fresh(facts.proofs, facts.now - policy.fresh) if proof.method not in LENT]
    return "" if assurance_of(own) >= Assurance.TWO_FACTORS else None


def by_activation_code(_: BindingPolicy, facts: BindingFacts) -> str | None:
    """An activation code was shown."""
    return "" if facts.opened is Way.ACTIVATION_CODE else None


def by_temporary_code(_: BindingPolicy, facts: BindingFacts) -> str | None:
    """A temporary code for just this purpose was shown, after the password."""
    known = Factor.KNOWLEDGE in factors_of(facts.proofs)
    return "" if facts.opened is Way.TEMPORARY_CODE and known else None


def on_named_network(_: BindingPolicy, facts: BindingFacts) -> str | None:
    """The password was proved on a network that an administrator named for it."""
    known = Factor.KNOWLEDGE in factors_of(facts.proofs)
    return facts.networks[0] if facts.networks and known else None


def by_a_helper(way: Way) -> Callable[[BindingPolicy, BindingFacts], str | None]:
    """Return the check of a helper's act: whether a role allows it is asked elsewhere."""
    return lambda _, facts: "" if facts.opened is way else None


CHECKS: Mapping[Way, Callable[[BindingPolicy, BindingFacts], str | None]] = {
    Way.EXISTING_FACTOR: from_existing_factor,
    Way.ACTIVATION_CODE: by_activation_code,
    Way.TEMPORARY_CODE: by_temporary_code,
    Way.NETWORK: on_named_network,
    **{way: by_a_helper(way) for way in BY_HELPERS},
}
