"""What an act will do, in sentences, before it is done: read from the same rows that the act will change."""

from dataclasses import dataclass, field

import mfa
from idp.domain.account import Account
from idp.domain.approvals import needed
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One consequence: a msgid in `WORDS` and its values."""

    code: str
    values: dict[str, str] = field(default_factory=dict)


WORDS = {
    "shut_out": "{login} cannot sign in any more, anywhere.",
    "let_in": "{login} can sign in again.",
    "sessions": "{count} sign-ins end at once.",
    "systems": "{count} systems are told to sign out as well.",
    "factor_gone": "The factor {name} stops working, for good.",
    "factors_left": "{count} other ways are left to prove a second factor.",
    "told": "The person is told by e-mail and on every approved number.",
    "stands_in": "Whoever has the code can prove a second factor as {login}, beside the password.",
    "binds": "Whoever has the code and the password can set up a factor as {login}; it proves none.",
    "enrols": "Whoever has the code can set up a first factor as {login}, once.",
    "replaces": "An earlier activation code stops working.",
    "once": "The code is shown once.",
    "moved": "The person belongs to the unit {unit}, and is helped by whoever answers for it.",
    "system_gained": "{login} can use {system}.",
    "system_lost": "{login} cannot use {system} any more.",
    "second_helper": "A second helper must approve it first: the person has a role in the administration.",
    "recorded": "It is recorded with your name and your reason.",
}


_OPENING = frozenset({Act.REMOVE_FACTOR, Act.ISSUE_TEMPORARY_CODE, Act.ISSUE_ACTIVATION_CODE})


def foresee(
    uow: UnitOfWork,
    act: Act,
    account: Account,
    factor: str,
    occasion: Occasion,
    purpose: mfa.TemporaryCodePurpose = mfa.TemporaryCodePurpose.SIGN_IN,
) -> list[Foreseen]:
    """Return what the act will do to the account; `purpose` is a temporary code's."""
    found: list[Foreseen] = []
    somebody = uow.roles.somebody(account.person_id, occasion.now)
    if act in _OPENING and somebody is not None and needed(uow, somebody, occasion.now):
        found.append(Foreseen("second_helper"))
    if act is Act.DISABLE:
        found.append(Foreseen("shut_out", {"login": account.login}))
    if act is Act.ENABLE:
        found.append(Foreseen("let_in", {"login": account.login}))
    if act is Act.REMOVE_FACTOR:
        held = mfa.enrolled(uow.factors, account.id)
        name = next((one.name or one.kind.value for one in held if one.id == factor), factor)
        found.append(Foreseen("factor_gone", {"name": name}))
        found.append(Foreseen("factors_left", {"count": str(sum(one.id != factor for one in held))}))
        found.append(Foreseen("told"))
    if act is Act.ISSUE_TEMPORARY_CODE:
        binds = purpose is mfa.TemporaryCodePurpose.BIND_FACTOR
        found.append(Foreseen("binds" if binds else "stands_in", {"login": account.login}))
    if act is Act.ISSUE_ACTIVATION_CODE:
        found += [Foreseen("enrols", {"login": account.login}), Foreseen("replaces")]
    if act in (Act.ISSUE_TEMPORARY_CODE, Act.ISSUE_ACTIVATION_CODE):
        found.append(Foreseen("once"))
    if act in (Act.DISABLE, Act.REMOVE_FACTOR, Act.END_SESSIONS):
        sessions = uow.sessions.of_account(account.id, occasion.now)
        systems = {
            taking_part.application_id
            for session in sessions
            for taking_part in uow.sessions.participants(session.id)
        }
        found.append(Foreseen("sessions", {"count": str(len(sessions))}))
        if systems:
            found.append(Foreseen("systems", {"count": str(len(systems))}))
    return [*found, Foreseen("recorded")]
