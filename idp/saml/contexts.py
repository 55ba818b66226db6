"""Authentication contexts in SAML's words, both ways: what a class demands, and which class the proofs are. Pure.

Never more than was proved (DOMAIN 4.4): a class is said only if the proofs meet it, and a level of identity
assurance only if the operator has recorded the authority's approval and the person was identified for it. What a
class demands is what sign-in is asked for, so that a person who can meet it is led there.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from idp.domain.assurance import WEAKER, Assurance, Method, Proof, assurance_of

_AC = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
UNSPECIFIED = f"{_AC}unspecified"
PASSWORD = f"{_AC}Password"
PASSWORD_PROTECTED = f"{_AC}PasswordProtectedTransport"
TIME_SYNC_TOKEN = f"{_AC}TimeSyncToken"
REFEDS_SFA = "https://refeds.org/profile/sfa"
REFEDS_MFA = "https://refeds.org/profile/mfa"
#: A second factor over a telephone (SAML authentication context §3.4.9): what is restricted is never said as more.
MOBILE_TWO_FACTOR = f"{_AC}MobileTwoFactorContract"
#: A passkey or security key; the same that OpenID Connect's EAP calls `phr`.
PHISHING_RESISTANT = "http://schemas.openid.net/pape/policies/2007/06/phishing-resistant"

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


class Rank(IntEnum):
    """How classes compare with each other; a code that was sent makes two factors of a lower rank."""

    NOTHING = 0
    ONE_FACTOR = 1
    SENT_CODE = 2
    TWO_FACTORS = 3
    PHISHING_RESISTANT = 4

    @property
    def assurance(self) -> Assurance:
        """What has to be proved for it."""
        return _ASSURANCES[self]


_ASSURANCES = {
    Rank.NOTHING: Assurance.NONE,
    Rank.ONE_FACTOR: Assurance.ONE_FACTOR,
    Rank.SENT_CODE: Assurance.TWO_FACTORS,
    Rank.TWO_FACTORS: Assurance.TWO_FACTORS,
    Rank.PHISHING_RESISTANT: Assurance.PHISHING_RESISTANT,
}


@dataclass(frozen=True, slots=True)
class _Class:
    """What a class demands: a rank, and one of some ways to prove oneself; none is any."""

    rank: Rank
    one_of: frozenset[Method] = frozenset()

    def met_by(self, proofs: Collection[Proof]) -> bool:
        """Whether the proofs are at least this, by one of its ways."""
        counted = [proof for proof in proofs if self.takes_sent_codes or proof.method not in WEAKER]
        methods = {proof.method for proof in counted}
        return assurance_of(counted) >= self.rank.assurance and (
            not self.one_of or not self.one_of.isdisjoint(methods)
        )

    @property
    def takes_sent_codes(self) -> bool:
        """Whether a code that was sent by telephone or mail may be what it is met by."""
        return self.rank <= Rank.SENT_CODE


_BY_PASSWORD = frozenset({Method.PASSWORD})
#: In the order in which they are said if nothing is asked for: the strongest that services know, the special ones last.
CLASSES = {
    REFEDS_MFA: _Class(Rank.TWO_FACTORS),
    TIME_SYNC_TOKEN: _Class(Rank.TWO_FACTORS, frozenset({Method.TOTP, Method.HOTP})),
    MOBILE_TWO_FACTOR: _Class(Rank.SENT_CODE, frozenset({Method.TEXT_MESSAGE, Method.VOICE_CALL})),
    PASSWORD_PROTECTED: _Class(Rank.ONE_FACTOR, _BY_PASSWORD),
    REFEDS_SFA: _Class(Rank.ONE_FACTOR),
    PASSWORD: _Class(Rank.ONE_FACTOR, _BY_PASSWORD),
    PHISHING_RESISTANT: _Class(Rank.PHISHING_RESISTANT),
    UNSPECIFIED: _Class(Rank.NOTHING),
}


@dataclass(frozen=True, slots=True)
class Demand:
    """What sign-in is asked for, so that one of the acceptable classes can be said."""

    assurance: Assurance
    one_of: frozenset[Method]
    sent_codes: bool


@dataclass(frozen=True, slots=True)
class Contexts:
    """The classes that may be said of one person: those of the proofs, and the levels that he was identified for."""

    levels: tuple[Level, ...] = ()
    groups: frozenset[str] = frozenset()

    def known(self) -> dict[str, _Class]:
        """Return what may be said at all, in the order in which it is said if nothing is asked for."""
        usable = [
            level.uri
            for level in self.levels
            if not level.wrong() and (not level.group or level.group in self.groups)
        ]
        return {
            **{uri: _Class(_rank(uri)) for uri in usable if uri not in ASSURANCE_VALUES},
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
            and reached >= _rank(level.uri).assurance
        )

    def acceptable(self, asked: RequestedContext) -> tuple[str, ...]:
        """Return the classes that would do, in the order in which they should be tried."""
        known = self.known()
        if not asked.classes:
            return tuple(known)
        if asked.comparison is Comparison.EXACT:
            return tuple(uri for uri in asked.classes if uri in known)
        ranks = [known[uri].rank for uri in asked.classes if uri in known]
        if not ranks:
            return ()
        match asked.comparison:
            case Comparison.MINIMUM:
                return tuple(uri for uri, one in known.items() if one.rank >= min(ranks))
            case Comparison.BETTER:
                return tuple(uri for uri, one in known.items() if one.rank > max(ranks))
            case _:
                return tuple(uri for uri, one in known.items() if one.rank <= max(ranks))

    def demand(self, acceptable: Sequence[str]) -> Demand:
        """Return the least with which one of the classes can be said."""
        known = self.known()
        classes = [known[uri] for uri in acceptable]
        rank = min((one.rank for one in classes), default=Rank.NOTHING)
        ways = [one.one_of for one in classes]
        return Demand(
            assurance=max(Assurance.ONE_FACTOR, rank.assurance),
            # A telephone number cannot be set up on the way: who has none is not led round and round.
            one_of=frozenset[Method]().union(*ways) - WEAKER
            if all(way - WEAKER for way in ways)
            else frozenset(),
            sent_codes=any(one.takes_sent_codes for one in classes),
        )

    def said(self, proofs: Iterable[Proof], acceptable: Sequence[str]) -> str:
        """Return the first of the acceptable classes that the proofs meet, "" if they meet none."""
        held, known = list(proofs), self.known()
        return next((uri for uri in acceptable if known[uri].met_by(held)), "")


def _rank(uri: str) -> Rank:
    return Rank.ONE_FACTOR if uri in _ONE_FACTOR_LEVELS else Rank.TWO_FACTORS
