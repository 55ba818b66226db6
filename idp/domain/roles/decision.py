"""May this actor do this act to this target? One pure function for page, API and command.

Its answer has reasons; `words.py` says them. What depends on others' rows at the same moment (the last
administrator) is settled under a lock by the use case (`domain/appointments.py`).
"""

from dataclasses import dataclass
from datetime import datetime

from idp.domain.reason import Reason
from idp.domain.roles.acts import HOLDS, MAY_GIVE, NEVER_TO_ONESELF, SENSITIVE, UPON_SOMEBODY, Act
from idp.domain.roles.grants import REACHES, WHOLE, Grant, Reach, Scope
from idp.domain.roles.targets import Appointment, Doer, Somebody, Target


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes, by this grant."""

    by: Grant


@dataclass(frozen=True, slots=True)
class Refused:
    """No, for each of these reasons."""

    reasons: tuple[Reason, ...]


Answer = Allowed | Refused


def may_act(doer: Doer, act: Act, target: Target, now: datetime) -> Answer:
    """Decide. Foreign targets are refused before anything else is said of them; fresh proof is asked for last."""
    answer = _decide(doer, act, target, now)
    if isinstance(answer, Refused) or act not in SENSITIVE:
        return answer
    if doer.cooling_until is not None and now < doer.cooling_until:
        return _no("cooling_off")
    return answer if doer.proved_lately else _no("fresh_proof")


def _decide(doer: Doer, act: Act, target: Target, now: datetime) -> Answer:
    held = _held(doer, act, now)
    if not held:
        return _no("no_role", act=act.value)
    by = next((grant for grant in held if _covers(grant.scope, doer.within, target)), None)
    if by is None:
        return _no("outside_scope", scope=", ".join(sorted(grant.scope.key for grant in held)))
    if isinstance(target, Somebody):
        return _upon(doer, act, target, by, now)
    if isinstance(target, Appointment):
        return _appointing(doer, act, target, now)
    return Allowed(by)


def holds_somewhere(doer: Doer, act: Act, now: datetime) -> bool:
    """Whether there is anything that the doer may do this to: for navigation and the doors of pages."""
    return bool(_held(doer, act, now))


def scopes_for(doer: Doer, act: Act, now: datetime) -> tuple[Scope, ...]:
    """Return over what the doer may do this, for lists that show just that."""
    found: list[Scope] = []
    for grant in _held(doer, act, now):
        if doer.within.covers(grant.scope):
            found.append(grant.scope)
        elif grant.scope.covers(doer.within):
            found.append(doer.within)
    return (WHOLE,) if WHOLE in found else tuple(dict.fromkeys(found))


def _held(doer: Doer, act: Act, now: datetime) -> list[Grant]:
    if doer.acts is not None and act not in doer.acts:
        return []
    return [grant for grant in doer.grants if grant.holds_at(now) and act in HOLDS[grant.role]]


def _covers(scope: Scope, within: Scope, target: Target) -> bool:
    # Both the role and the token that carries it must reach the target, by whichever of its units.
    scopes = target.scopes
    return any(scope.covers(one) for one in scopes) and any(within.covers(one) for one in scopes)


def _upon(doer: Doer, act: Act, target: Somebody, by: Grant, now: datetime) -> Answer:
    reasons = []
    if act in NEVER_TO_ONESELF and doer.person == target.person:
        reasons.append(Reason("own_account"))
    if act in UPON_SOMEBODY and not all(_dominated(doer, grant, now) for grant in target.grants):
        reasons.append(Reason("holds_more"))
    if act in UPON_SOMEBODY and target.protected and not _opens(doer, target, now):
        reasons.append(Reason("protected_person"))
    return Refused(tuple(reasons)) if reasons else Allowed(by)


def _appointing(doer: Doer, act: Act, target: Appointment, now: datetime) -> Answer:
    new = target.grant
    if new.scope.reach not in REACHES[new.role]:
        return _no("wrong_reach", role=new.role.value)
    if doer.person is not None and doer.person == target.holder.person:
        return _no("own_role")
    givers = [
        grant
        for grant in _held(doer, act, now)
        if new.role in MAY_GIVE.get(grant.role, ()) and grant.scope.covers(new.scope)
    ]
    if not givers:
        return _no("not_yours_to_give", role=new.role.value)
    # Whoever answers for a unit appoints people of that unit; an owner asks whomever they trust.
    near = [
        grant
        for grant in givers
        if grant.scope.reach is not Reach.UNIT or _covers(grant.scope, WHOLE, target.holder)
    ]
    if not near:
        return _no("outside_scope", scope=", ".join(sorted(grant.scope.key for grant in givers)))
    if act is Act.TAKE_ROLE:
        return Allowed(near[0])
    lasting = [grant for grant in near if grant.outlasts(new.ends)]
    return Allowed(lasting[0]) if lasting else _no("longer_than_own")


def _dominated(doer: Doer, grant: Grant, now: datetime) -> bool:
    return not grant.holds_at(now) or any(
        own.holds_at(now) and own.includes(grant) and doer.within.covers(grant.scope) for own in doer.grants
    )


def _opens(doer: Doer, target: Somebody, now: datetime) -> bool:
    return any(
        _covers(grant.scope, doer.within, target)
        for grant in doer.grants
        if grant.holds_at(now) and Act.OPEN_PROTECTED in HOLDS[grant.role]
    )


def _no(code: str, **values: str) -> Refused:
    return Refused((Reason(code, values),))
