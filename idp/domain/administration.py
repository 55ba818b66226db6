"""Who may administer, and what is done to others' accounts: the use cases behind pages, API and commands.

Every act asks `may_act` about its target, says no in reasons, and records what it did with its reason.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

import mfa
from idp.domain import accounts, cooling_off
from idp.domain.account import Account
from idp.domain.appointments import allowed, doer_in, is_last, printable
from idp.domain.approvals import waits_for_second
from idp.domain.assurance import Assurance, assurance_of
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.events import FactorRemoved
from idp.domain.handles import AccountId, PersonId, SessionId
from idp.domain.notices import record_and_tell
from idp.domain.occasion import ActorKind, Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.reason import Reason
from idp.domain.roles import Act, Doer, Refused, Somebody, holds_somewhere, may_act
from idp.domain.session import EndReason, LivingSession
from idp.domain.sign_out import end_all_sessions, end_session

#: What a session must have proved before anything of the administration is shown.
REQUIREMENT = AuthenticationRequirement(assurance=Assurance.TWO_FACTORS)


class Admission(StrEnum):
    """Whether a session may administer."""

    ADMITTED = "admitted"
    MORE_PROOF = "more_proof"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Done:
    """It is done; `count` of how many things."""

    count: int = 1


def admission(living: LivingSession, act: Act, occasion: Occasion) -> Admission:
    """Say whether the session may do `act` to anything: the role first, so that nobody proves more for nothing."""
    if not holds_somewhere(doer_in(living, occasion), act, occasion.now):
        return Admission.REFUSED
    if assurance_of(living.session.proofs) < REQUIREMENT.assurance:
        return Admission.MORE_PROOF
    return Admission.ADMITTED


def seen(uow: UnitOfWork, doer: Doer, person_id: PersonId, occasion: Occasion) -> Somebody | None:
    """Return a person whom the doer may see; foreign ones answer as unknown (C2).

    What a token is for is another question: one that only issues codes still tells own people from others.
    """
    somebody, sees = uow.roles.somebody(person_id, occasion.now), replace(doer, acts=None)
    if somebody is None or isinstance(may_act(sees, Act.SEE_PERSON, somebody, occasion.now), Refused):
        return None
    return somebody


def disable(
    uow: UnitOfWork, doer: Doer, account_id: AccountId, reason: str, occasion: Occasion
) -> Done | Refused:
    """Disable somebody's account and end its sessions. Nobody shuts themselves or the last administrator out."""
    why = printable(reason)
    refused = _refused(uow, doer, Act.DISABLE, account_id, occasion) or (None if why else no("no_reason"))
    if refused is not None:
        return refused
    uow.roles.lock_administrators()
    if is_last(uow, account_id):
        return no("last_administrator")
    by = "command" if occasion.actor.kind is ActorKind.COMMAND else "administrator"
    return done(accounts.disable(uow, account_id, why, occasion, by=by))


def enable(
    uow: UnitOfWork, doer: Doer, account_id: AccountId, reason: str, occasion: Occasion
) -> Done | Refused:
    """Enable somebody's account again."""
    why = printable(reason)
    refused = _refused(uow, doer, Act.ENABLE, account_id, occasion) or (None if why else no("no_reason"))
    return refused or done(accounts.enable(uow, account_id, why, occasion))


def end_their_session(
    uow: UnitOfWork,
    doer: Doer,
    account_id: AccountId,
    session_id: SessionId,
    reason: str,
    occasion: Occasion,
) -> Done | Refused:
    """End one of somebody's sessions."""
    refused = _refused(uow, doer, Act.END_SESSIONS, account_id, occasion)
    if refused is not None:
        return refused
    why = printable(reason)
    return done(end_session(uow, session_id, account_id, EndReason.ENDED_BY_ADMINISTRATOR, occasion, why))


def end_their_sessions(
    uow: UnitOfWork, doer: Doer, account_id: AccountId, reason: str, occasion: Occasion
) -> Done | Refused:
    """End all of somebody's sessions."""
    refused = _refused(uow, doer, Act.END_SESSIONS, account_id, occasion)
    if refused is not None:
        return refused
    ended = end_all_sessions(
        uow, account_id, EndReason.ENDED_BY_ADMINISTRATOR, occasion, why=printable(reason)
    )
    return Done(ended)


def remove_factor(
    uow: UnitOfWork, doer: Doer, account_id: AccountId, authenticator: str, reason: str, occasion: Occasion
) -> Done | Refused:
    """Remove a factor that somebody lost. Nothing is put in its place, and no policy asks for less (E6)."""
    why = printable(reason)
    refused = _refused(uow, doer, Act.REMOVE_FACTOR, account_id, occasion) or (
        None if why else no("no_reason")
    )
    if refused is not None:
        return refused
    if all(one.id != authenticator for one in mfa.enrolled(uow.factors, account_id)):
        return no("nothing_to_do")
    details = {"about": authenticator}
    waits = waits_for_second(uow, doer, Act.REMOVE_FACTOR, account_id, details, why, occasion)
    if waits is not None:
        return waits
    if not mfa.remove(uow.factors, account_id, authenticator, occasion.now):
        return no("nothing_to_do")
    record_and_tell(uow, FactorRemoved(subject=account_id, object=authenticator, reason=why), occasion)
    cooling_off.begin(uow, account_id, "factor_removed", occasion)
    end_all_sessions(uow, account_id, EndReason.FACTOR_CHANGED, occasion)
    return Done()


def temporary_code(
    uow: UnitOfWork,
    doer: Doer,
    account_id: AccountId,
    lifetime: timedelta,
    uses: int,
    reason: str,
    occasion: Occasion,
    purpose: mfa.TemporaryCodePurpose = mfa.TemporaryCodePurpose.SIGN_IN,
) -> mfa.IssuedCode | Refused:
    """Issue a code in place of a second factor, or to bind one with, for somebody without their device today.

    One to bind with asks for the right to issue activation codes as well: it opens as much.
    """
    why = printable(reason)
    acts = [Act.ISSUE_TEMPORARY_CODE]
    if purpose is mfa.TemporaryCodePurpose.BIND_FACTOR:
        acts.append(Act.ISSUE_ACTIVATION_CODE)
    refusals = (_refused(uow, doer, act, account_id, occasion) for act in acts)
    refused = next(filter(None, refusals), None) or (None if why else no("no_reason"))
    details = {"hours": _hours(lifetime), "uses": str(uses), "purpose": purpose.value}
    return (
        refused
        or waits_for_second(uow, doer, Act.ISSUE_TEMPORARY_CODE, account_id, details, why, occasion)
        or accounts.issue_temporary_code(
            uow, account_id, lifetime, uses, occasion, reason=why, purpose=purpose
        )
    )


def activation_code(
    uow: UnitOfWork, doer: Doer, account_id: AccountId, lifetime: timedelta, reason: str, occasion: Occasion
) -> mfa.IssuedCode | Refused:
    """Issue a code that lets somebody set up a first factor; it never stands in for one."""
    why = printable(reason)
    refused = _refused(uow, doer, Act.ISSUE_ACTIVATION_CODE, account_id, occasion) or (
        None if why else no("no_reason")
    )
    details = {"hours": _hours(lifetime)}
    return (
        refused
        or waits_for_second(uow, doer, Act.ISSUE_ACTIVATION_CODE, account_id, details, why, occasion)
        or accounts.issue_activation_code(uow, account_id, lifetime, occasion, reason=why)
    )


def account_seen(uow: UnitOfWork, doer: Doer, account_id: AccountId, occasion: Occasion) -> Account | None:
    """Return an account of a person whom the doer may see."""
    account = uow.accounts.get(account_id)
    if account is None or seen(uow, doer, account.person_id, occasion) is None:
        return None
    return account


def no(code: str) -> Refused:
    """Return a refusal for one reason."""
    return Refused((Reason(code),))


def done(changed: bool) -> Done | Refused:  # noqa: FBT001 - what a conditional write says
    """Return what a conditional write came to."""
    return Done() if changed else no("nothing_to_do")


def _hours(lifetime: timedelta) -> str:
    return str(lifetime // timedelta(hours=1))


def _refused(
    uow: UnitOfWork, doer: Doer, act: Act, account_id: AccountId, occasion: Occasion
) -> Refused | None:
    account = account_seen(uow, doer, account_id, occasion)
    somebody = uow.roles.somebody(account.person_id, occasion.now) if account else None
    if account is None or somebody is None:
        return no("unknown")
    return allowed(uow, doer, act, somebody, account_id, occasion)
