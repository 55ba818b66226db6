"""Who may administer, and what administrators do to others' accounts. Their pages decide nothing."""

from enum import StrEnum

from idp.domain import accounts
from idp.domain.account import Role
from idp.domain.assurance import Assurance, assurance_of
from idp.domain.authentication import AuthenticationRequirement
from idp.domain.handles import AccountId, SessionId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.session import EndReason, LivingSession
from idp.domain.sign_out import end_session

#: What a session must have proved before anything of the administration is shown.
REQUIREMENT = AuthenticationRequirement(assurance=Assurance.TWO_FACTORS)
LONGEST_REASON = 200


class Admission(StrEnum):
    """Whether a session may administer."""

    ADMITTED = "admitted"
    MORE_PROOF = "more_proof"
    REFUSED = "refused"


class Act(StrEnum):
    """How an administrator's act came out."""

    DONE = "done"
    NOTHING_TO_DO = "nothing_to_do"
    NO_REASON = "no_reason"
    OWN_ACCOUNT = "own_account"


def admission(living: LivingSession) -> Admission:
    """Say whether the session may administer: the role first, so that nobody proves more for nothing."""
    if Role.ADMINISTRATOR not in living.account.roles:
        return Admission.REFUSED
    if assurance_of(living.session.proofs) < REQUIREMENT.assurance:
        return Admission.MORE_PROOF
    return Admission.ADMITTED


def disable(
    uow: UnitOfWork, living: LivingSession, account_id: AccountId, reason: str, occasion: Occasion
) -> Act:
    """Disable somebody's account and end its sessions. Nobody shuts themselves out by a slip."""
    if account_id == living.account.id:
        return Act.OWN_ACCOUNT
    why = _reason(reason)
    if not why:
        return Act.NO_REASON
    done = accounts.disable(uow, account_id, why, occasion, by="administrator")
    return Act.DONE if done else Act.NOTHING_TO_DO


def enable(
    uow: UnitOfWork, _living: LivingSession, account_id: AccountId, reason: str, occasion: Occasion
) -> Act:
    """Enable somebody's account again."""
    why = _reason(reason)
    if not why:
        return Act.NO_REASON
    return Act.DONE if accounts.enable(uow, account_id, why, occasion) else Act.NOTHING_TO_DO


def end_their_session(
    uow: UnitOfWork, account_id: AccountId, session_id: SessionId, occasion: Occasion
) -> Act:
    """End one of somebody's sessions."""
    ended = end_session(uow, session_id, account_id, EndReason.ENDED_BY_ADMINISTRATOR, occasion)
    return Act.DONE if ended else Act.NOTHING_TO_DO


def _reason(typed: str) -> str:
    """Return the reason as one printable line, for records and lists (A4)."""
    words = " ".join(typed.split())
    return words[:LONGEST_REASON] if words.isprintable() else ""
