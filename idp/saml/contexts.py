"""Authentication contexts in SAML's words, both ways: what a class demands, and which class the proofs are. Pure.

Never more than was proved (DOMAIN 4.4): a class is said only if the proofs meet it, and a level of identity
assurance only if the operator has recorded the authority's approval and the person was identified for it.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from idp.domain.assurance import Assurance, Proof, assurance_of

_AC = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
UNSPECIFIED = f"{_AC}unspecified"
PASSWORD = f"{_AC}Password"
PASSWORD_PROTECTED = f"{_AC}PasswordProtectedTransport"
TIME_SYNC_TOKEN = f"{_AC}TimeSyncToken"
REFEDS_SFA = "https://refeds.org/profile/sfa"
REFEDS_MFA = "https://refeds.org/profile/mfa"

#: Only with an approval that the operator has recorded: nobody may say them of himself (DOMAIN 6.3).
APPROVED_ONLY = (
    "http://id.elegnamnden.se/loa/1.0/loa2",
    "http://id.elegnamnden.se/loa/1.0/loa3",
    "http://id.elegnamnden.se/loa/1.0/loa4",
    "http://id.swedenconnect.se/loa/1.0/loa2-nonresident",
    "http://id.swedenconnect.se/loa/1.0/loa3-nonresident",
    "http://id.swedenconnect.se/loa/1.0/loa4-nonresident",
    "http://id.sambi.se/loa/loa2",
    "http://id.sambi.se/loa/loa3",
    "http://id.sambi.se/loa/loa4",
    "http://id.skolfederation.se/loa/loa2",
    "http://id.skolfederation.se/loa/loa3",
    "http://www.swamid.se/policy/assurance/al1",
    "http://www.swamid.se/policy/assurance/al2",
    "http://www.swamid.se/policy/assurance/al3",
)
#: Self-declared; the operator says so all the same, for it is a statement about persons.
DECLARED = (
    "http://id.swedenconnect.se/loa/1.0/uncertified-loa2",
    "http://id.swedenconnect.se/loa/1.0/uncertified-loa3",
    "http://id.skolfederation.se/loa/bas",
    "http://id.skolfederation.se/loa/2fa",
)
#: Levels that say how somebody was identified and go into eduPersonAssurance, not into the context.
ASSURANCE_VALUES = tuple(level for level in APPROVED_ONLY if "swamid" in level)
#: Issued by the national node and by nobody else, whatever is configured.
NEVER = ("http://id.elegnamnden.se/loa/1.0/eidas-", "http://id.swedenconnect.se/loa/1.0/eidas-")
_ONE_FACTOR_LEVELS = ("http://id.skolfederation.se/loa/bas", "http://www.swamid.se/policy/assurance/al1")


class Comparison(StrEnum):
    """How the contexts asked for are compared (core §3.3.2.2.1)."""

    EXACT = "exact"
    MINIMUM = "minimum"
    BETTER = "better"
    MAXIMUM = "maximum"


@dataclass(frozen=True, slots=True)
class RequestedContext:
    """The classes that would do, in the service's order of preference; none of them is any."""

    classes: tuple[str, ...] = ()
    comparison: Comparison = Comparison.EXACT


@dataclass(frozen=True, slots=True)
class Level:
    """A level of assurance that the operator has set up.

    Attributes:
        uri: what is said.
        approval: the authority's decision, for levels that need one.
        group: who was identified for it; "" is everybody.
    """

    uri: str
    approval: str = ""
    group: str = ""

    def wrong(self) -> str:
        """Return what is wrong with it, for people; "" for nothing."""
        if self.uri.startswith(NEVER):
            return "only the national eIDAS node may issue this level"
        if self.uri in APPROVED_ONLY and not self.approval.strip():
            return "this level needs an authority's approval: expected its reference in `approval`"
        if self.uri not in APPROVED_ONLY and self.uri not in DECLARED:
            return "not a level that we know"
        return ""


def _has(*methods: str) -> Callable[[Collection[str]], bool]:
    return lambda held: any(method in held for method in methods)


def _always(_held: Collection[str]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _Class:
    """What a class demands: a strength, and a way to prove oneself."""

    strength: Assurance
    by: Callable[[Collection[str]], bool] = _always


_PASSWORD = _has("password")
#: Strongest first; within one strength, the one that most services know first.
CLASSES = {
    REFEDS_MFA: _Class(Assurance.TWO_FACTORS),
    TIME_SYNC_TOKEN: _Class(Assurance.TWO_FACTORS, _has("totp", "hotp")),
    PASSWORD_PROTECTED: _Class(Assurance.ONE_FACTOR, _PASSWORD),
    REFEDS_SFA: _Class(Assurance.ONE_FACTOR),
    PASSWORD: _Class(Assurance.ONE_FACTOR, _PASSWORD),
    UNSPECIFIED: _Class(Assurance.NONE),
}


@dataclass(frozen=True, slots=True)
class Contexts:
    """The classes that may be said of one person: those of the proofs, and the levels that he was identified for."""

    levels: tuple[Level, ...] = ()
    groups: frozenset[str] = frozenset()

    def known(self) -> dict[str, _Class]:
        """Return what may be said at all, strongest first."""
        usable = [
            level.uri
            for level in self.levels
            if not level.wrong() and (not level.group or level.group in self.groups)
        ]
        return {
            **{uri: _Class(_strength(uri)) for uri in usable if uri not in ASSURANCE_VALUES},
            **CLASSES,
        }

    def assurance_values(self, reached: Assurance) -> tuple[str, ...]:
        """Return the values of eduPersonAssurance."""
        return tuple(
            level.uri
            for level in self.levels
            if level.uri in ASSURANCE_VALUES
            and not level.wrong()
            and (not level.group or level.group in self.groups)
            and reached >= _strength(level.uri)
        )

    def acceptable(self, asked: RequestedContext) -> tuple[str, ...]:
        """Return the classes that would do, in the order in which they should be tried."""
        known = self.known()
        if not asked.classes:
            return tuple(known)
        if asked.comparison is Comparison.EXACT:
            return tuple(uri for uri in asked.classes if uri in known)
        ranks = [known[uri].strength for uri in asked.classes if uri in known]
        if not ranks:
            return ()
        match asked.comparison:
            case Comparison.MINIMUM:
                return tuple(uri for uri, one in known.items() if one.strength >= min(ranks))
            case Comparison.BETTER:
                return tuple(uri for uri, one in known.items() if one.strength > max(ranks))
            case _:
                return tuple(uri for uri, one in known.items() if one.strength <= max(ranks))

    def least(self, acceptable: Sequence[str]) -> Assurance:
        """Return the least strength with which one of the classes can be said."""
        known = self.known()
        return max(
            Assurance.ONE_FACTOR, min((known[uri].strength for uri in acceptable), default=Assurance.NONE)
        )

    def said(self, proofs: Iterable[Proof], acceptable: Sequence[str]) -> str:
        """Return the first of the acceptable classes that the proofs meet, "" if they meet none."""
        held = list(proofs)
        reached = assurance_of(held)
        methods = {proof.method.value for proof in held}
        known = self.known()
        return next(
            (uri for uri in acceptable if reached >= known[uri].strength and known[uri].by(methods)), ""
        )


def _strength(uri: str) -> Assurance:
    return Assurance.ONE_FACTOR if uri in _ONE_FACTOR_LEVELS else Assurance.TWO_FACTORS
