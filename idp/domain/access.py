"""One decision about access, pure and explained.

`may()` is asked by the sign-in journey, the portal, every protocol and `portvakt explain`; nobody
else decides. Its answer carries a reason for each check, in the order in which they were made.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from idp.domain.account import Account, AccountState
from idp.domain.application import Application, Audience, Policy
from idp.domain.assurance import WEAKER, Assurance, Factor, Method, Proof, assurance_of, factors_of, fresh
from idp.domain.authentication import AuthenticationRequirement, Channel
from idp.domain.handles import ApplicationId
from idp.domain.reason import Reason


@dataclass(frozen=True, slots=True)
class AccessFacts:
    """What is known of the account that asks. `units` holds the codes of its units and all above them.

    `let_in` and `kept_out` are the systems about which their owners decided for this account alone.
    """

    account: Account
    groups: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    let_in: frozenset[ApplicationId] = frozenset()
    kept_out: frozenset[ApplicationId] = frozenset()

    def admitted_to(self, application: ApplicationId, audience: Audience) -> bool:
        """Whether the account is among those whom a system is for, its owner's decisions included."""
        if application in self.kept_out:
            return False
        return application in self.let_in or audience.admits(self.groups, self.units)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """From where, with what, when. `networks` are names; `proofs` is everything proved in this session."""

    now: datetime
    networks: frozenset[str] = frozenset()
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True)
class Permit:
    """Come in."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class StepUp:
    """Prove more first, up to `assurance`. `counted` are the proofs that count already: fresh enough, and accepted.

    `refused` are weaker methods that do not count here; of `one_of`, one at least has to be proved, whatever else is.
    """

    assurance: Assurance
    counted: tuple[Proof, ...]
    reasons: tuple[Reason, ...]
    refused: frozenset[Method] = frozenset()
    one_of: frozenset[Method] = frozenset()


@dataclass(frozen=True, slots=True)
class Deny:
    """No proof that the person can give will help now."""

    reasons: tuple[Reason, ...]


Decision = Permit | StepUp | Deny


def may(
    facts: AccessFacts,
    application: Application | None,
    requirement: AuthenticationRequirement,
    circumstances: Circumstances,
) -> Decision:
    """Decide whether the account may use `application` now; None is Portvakt's own portal.

    The strictest of the policy and the request holds. Refusals come before step-ups, so that nobody
    is asked for a code only to be turned away.
    """
    reasons: list[Reason] = []
    refusal = _account_check(facts.account, circumstances.now)
    if refusal is None and application is not None:
        refusal = (
            _enabled_check(application)
            or _audience_check(facts, application, reasons)
            or _network_check(application.policy, circumstances, reasons)
        )
    if refusal is None and requirement.subject not in (None, facts.account.id):
        refusal = Reason("other_subject")
    if refusal is not None:
        return Deny((*reasons, refusal))
    policy = application.policy if application else None
    return _proof_check(facts.account, policy, requirement, circumstances, reasons)


def _account_check(account: Account, now: datetime) -> Reason | None:
    if account.state is AccountState.DISABLED:
        return Reason("account_disabled")
    if not account.usable(now):
        starts = account.starts.date().isoformat() if account.starts else ""
        return Reason("account_not_begun", {"starts": starts})
    return None


def _enabled_check(application: Application) -> Reason | None:
    return None if application.enabled else Reason("application_disabled")


def _audience_check(facts: AccessFacts, application: Application, reasons: list[Reason]) -> Reason | None:
    policy = application.policy
    if application.id in facts.kept_out:
        return Reason("kept_out")
    if policy.audience.everyone:
        reasons.append(Reason("everyone"))
        return None
    groups = sorted(policy.audience.groups & facts.groups)
    units = sorted(policy.audience.units & facts.units)
    if groups:
        reasons.append(Reason("in_group", {"group": groups[0]}))
        return None
    if units:
        reasons.append(Reason("in_unit", {"unit": units[0]}))
        return None
    if application.id in facts.let_in:
        reasons.append(Reason("let_in"))
        return None
    wanted = sorted(policy.audience.groups) + sorted(policy.audience.units)
    return Reason("not_in_audience", {"audience": ", ".join(wanted) or "–"})


def _network_check(policy: Policy, circumstances: Circumstances, reasons: list[Reason]) -> Reason | None:
    if not policy.networks:
        return None
    here = sorted(policy.networks & circumstances.networks)
    if not here:
        return Reason("outside_networks", {"networks": ", ".join(sorted(policy.networks))})
    reasons.append(Reason("on_network", {"network": here[0]}))
    return None


def _wanted_assurance(policy: Policy, circumstances: Circumstances) -> tuple[Assurance, Reason]:
    here = {name: level for name, level in policy.assurance_on.items() if name in circumstances.networks}
    if not here:
        return policy.assurance, Reason("policy_asks", {"assurance": policy.assurance.name.lower()})
    network, level = min(here.items(), key=lambda item: (item[1], item[0]))
    return level, Reason("policy_asks_on_network", {"assurance": level.name.lower(), "network": network})


def _proof_check(
    account: Account,
    policy: Policy | None,
    requirement: AuthenticationRequirement,
    circumstances: Circumstances,
    reasons: list[Reason],
) -> Decision:
    wanted = requirement.assurance
    if policy is not None:
        level, reason = _wanted_assurance(policy, circumstances)
        reasons.append(reason)
        wanted = max(wanted, level)
    if account.short_password and wanted < Assurance.TWO_FACTORS:
        reasons.append(Reason("short_password"))
        wanted = Assurance.TWO_FACTORS
    since = _since(policy, requirement, circumstances.now)
    usable = fresh(circumstances.proofs, since) if since else circumstances.proofs
    usable = _remembered(policy, usable)
    refused = WEAKER if not requirement.sent_codes else WEAKER - (policy or _PORTAL).weaker
    counted = tuple(proof for proof in usable if _accepted(policy or _PORTAL, proof, refused))
    reached, one_of = assurance_of(counted), _still_one_of(requirement, counted)
    if reached >= wanted and not one_of:
        reasons.append(Reason("proved", {"assurance": reached.name.lower()}))
        return Permit(tuple(reasons))
    if (
        policy is not None
        and wanted is Assurance.TWO_FACTORS
        and not account.short_password  # one that may never stand alone
        and _device_stands_in(policy, requirement, counted, circumstances)
    ):
        reasons.append(Reason("trusted_device"))
        return Permit(tuple(reasons))
    if wanted is Assurance.PHISHING_RESISTANT and requirement.channel is not Channel.BROWSER:
        return Deny((*reasons, Reason("needs_a_browser")))
    if any(proof.method is Method.REMEMBERED_PASSWORD for proof in usable):
        # S16: the directory would have to be asked, and it does not answer.
        return Deny((*reasons, Reason("directory_away")))
    left_out = [proof for proof in usable if proof not in counted]
    reasons.append(_why_more(wanted, reached, assurance_of(circumstances.proofs), left_out))
    return StepUp(wanted, counted, tuple(reasons), refused, one_of)


def _why_more(wanted: Assurance, reached: Assurance, held: Assurance, left_out: list[Proof]) -> Reason:
    """Say why more has to be proved: what is there does not count, is of another way, is too old, or too little."""
    if any(proof.phishing_resistant for proof in left_out):
        return Reason("passkey_not_accepted")
    if left_out:
        return Reason("too_weak")
    if reached >= wanted:
        return Reason("other_way")
    if reached < held:
        return Reason("too_old")
    return Reason("more_proof", {"assurance": wanted.name.lower()})


def _still_one_of(requirement: AuthenticationRequirement, counted: tuple[Proof, ...]) -> frozenset[Method]:
    """Return the ways of which the request wants one, none if one of them is among the proofs."""
    proved = requirement.one_of & {proof.method for proof in counted}
    return frozenset() if proved else requirement.one_of


def _remembered(policy: Policy | None, proofs: tuple[Proof, ...]) -> tuple[Proof, ...]:
    """Let a remembered password count as the password where the policy says that people may work on (S16)."""
    if policy is None or not policy.open_without_directory:
        return proofs
    return tuple(
        replace(proof, method=Method.PASSWORD) if proof.method is Method.REMEMBERED_PASSWORD else proof
        for proof in proofs
    )


def _device_stands_in(
    policy: Policy,
    requirement: AuthenticationRequirement,
    counted: tuple[Proof, ...],
    circumstances: Circumstances,
) -> bool:
    """Whether a trusted device may stand in for the second factor that the policy asks for (S10, S17).

    Only for the policy's own demand: a request that wants two factors, or proof of a certain age, gets what it
    asks for. The password has to be as fresh as ever; the trust no older than the policy says.
    """
    if not policy.trusted_device or requirement.assurance > Assurance.ONE_FACTOR or requirement.one_of:
        return False
    if requirement.max_age is not None or requirement.fresh_since is not None:
        return False
    since = circumstances.now - policy.trusted_device
    trusted = [proof for proof in circumstances.proofs if proof.method is Method.TRUSTED_DEVICE]
    known = Factor.KNOWLEDGE in factors_of(counted)
    return known and any(proof.at >= since for proof in trusted)


def _accepted(policy: Policy, proof: Proof, refused: frozenset[Method]) -> bool:
    """Whether a proof counts: a code that was sent only where that is accepted, a passkey by its model (W6)."""
    if proof.method in refused:
        return False
    return not proof.phishing_resistant or policy.passkeys.accept(proof.model)


#: What counts for Portvakt's own pages.
_PORTAL = Policy()


def _since(policy: Policy | None, requirement: AuthenticationRequirement, now: datetime) -> datetime | None:
    limits = [requirement.fresh_since]
    ages = [requirement.max_age]
    if policy is not None:
        ages += [policy.max_age, policy.session_lifetime]
    limits += [now - age for age in ages if age is not None]
    return max((limit for limit in limits if limit is not None), default=None)
