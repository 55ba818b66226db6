"""Who may administer, and what administrators do to others' accounts. Their pages decide nothing."""

from enum import StrEnum

from idp.domain import accounts
from idp.domain.appointments import allowed, doer_of, is_last, printable
from idp.domain.assurance import Assurance, assurance_of
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.handles import AccountId, SessionId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, holds_somewhere
from idp.domain.session import EndReason, LivingSession
from idp.domain.sign_out import end_session

#: What a session must have proved before anything of the administration is shown.
REQUIREMENT = AuthenticationRequirement(assurance=Assurance.TWO_FACTORS)


class Admission(StrEnum):
    """Whether a session may administer."""

    ADMITTED = "admitted"
    MORE_PROOF = "more_proof"
    REFUSED = "refused"


class Outcome(StrEnum):
    """How an administrator's act came out."""

    DONE = "done"
    NOTHING_TO_DO = "nothing_to_do"
    NO_REASON = "no_reason"
    OWN_ACCOUNT = "own_account"
    REFUSED = "refused"
    LAST_ADMINISTRATOR = "last_administrator"


def admission(living: LivingSession, act: Act, occasion: Occasion) -> Admission:
    """Say whether the session may do `act` to anything: the role first, so that nobody proves more for nothing."""
    if not holds_somewhere(doer_of(living.account), act, occasion.now):
        return Admission.REFUSED
    if assurance_of(living.session.proofs) < REQUIREMENT.assurance:
        return Admission.MORE_PROOF
    return Admission.ADMITTED


def disable(
    uow: UnitOfWork, living: LivingSession, account_id: AccountId, reason: str, occasion: Occasion
) -> Outcome:
    """Disable somebody's account and end its sessions. Nobody shuts themselves out by a slip."""
    refused = _refused(uow, living, Act.DISABLE, account_id, occasion)
    if refused is not None:
        return refused
    why = printable(reason)
    if not why:
        return Outcome.NO_REASON
    uow.roles.lock_administrators()
    if is_last(uow, account_id):
        return Outcome.LAST_ADMINISTRATOR
    done = accounts.disable(uow, account_id, why, occasion, by="administrator")
    return Outcome.DONE if done else Outcome.NOTHING_TO_DO


def enable(
    uow: UnitOfWork, living: LivingSession, account_id: AccountId, reason: str, occasion: Occasion
) -> Outcome:
    """Enable somebody's account again."""
    refused = _refused(uow, living, Act.ENABLE, account_id, occasion)
    if refused is not None:
        return refused
    why = printable(reason)
    if not why:
        return Outcome.NO_REASON
    return Outcome.DONE if accounts.enable(uow, account_id, why, occasion) else Outcome.NOTHING_TO_DO


def end_their_session(
    uow: UnitOfWork, living: LivingSession, account_id: AccountId, session_id: SessionId, occasion: Occasion
) -> Outcome:
    """End one of somebody's sessions."""
    refused = _refused(uow, living, Act.END_SESSIONS, account_id, occasion)
    if refused is not None:
        return refused
    ended = end_session(uow, session_id, account_id, EndReason.ENDED_BY_ADMINISTRATOR, occasion)
    return Outcome.DONE if ended else Outcome.NOTHING_TO_DO


def _refused(
    uow: UnitOfWork, living: LivingSession, act: Act, account_id: AccountId, occasion: Occasion
) -> Outcome | None:
    account = uow.accounts.get(account_id)
    somebody = uow.roles.somebody(account.person_id, occasion.now) if account else None
    if account is None or somebody is None:
        return Outcome.NOTHING_TO_DO
    refused = allowed(uow, doer_of(living.account), act, somebody, account_id, occasion)
    if refused is None:
        return None
    own = any(reason.code == "own_account" for reason in refused.reasons)
    return Outcome.OWN_ACCOUNT if own else Outcome.REFUSED
