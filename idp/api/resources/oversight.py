"""What an auditor reads: roles, the audit log, the review, synchronisations; and the decision about a stopped plan."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from idp.api.operation import Call, Nothing, Operation, Page
from idp.api.reasons import Why
from idp.api.types import Number, Text
from idp.domain.administration import Done, no
from idp.domain.appointments import allowed
from idp.domain.audit_reading import Chosen
from idp.domain.posture import DORMANT
from idp.domain.roles import Act, Organisation, Refused, Role
from idp.provisioning import shown
from idp.provisioning.runs import RunQuery


class Verdict(StrEnum):
    """What becomes of a plan that the brake stopped."""

    RELEASE = "release"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role that somebody holds. A protected name is a dash."""

    account: str
    person: str
    login: str
    name: str
    role: Role
    reach: str
    scope: str
    ends: datetime | None
    given_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Records:
    """Which records; `type` may end early: `signin` is all of `signin.…`."""

    since: datetime | None = None
    until: datetime | None = None
    type: Annotated[str, Text(64)] = ""
    reference: Annotated[str, Text(64)] = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the audit log."""

    id: Annotated[int, Number(0, 2**62)]
    at: datetime
    type: str
    who: str
    subject: str
    object: str
    reason: str
    reference: str


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """Who or what it is, and what else is known."""

    name: str
    more: str


@dataclass(frozen=True, slots=True)
class ReviewFinding:
    """One finding: how many there are, and the first of them."""

    finding: str
    count: Annotated[int, Number(0, 10**9)]
    lines: tuple[ReviewLine, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a synchronisation; `reverts` is the run that it takes back, if it does."""

    run: str
    source: str
    started_at: datetime
    ended_at: datetime | None
    state: str
    reverts: str


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One line of a plan, in words; `reason` is why it was left out."""

    number: Annotated[int, Number(0, 10**9)]
    sentence: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlanDecision:
    """What becomes of the plan, and why."""

    verdict: Verdict
    reason: Why


@dataclass(frozen=True, slots=True)
class PlanDecided:
    """It is done."""

    done: bool = True


def roles(call: Call[Nothing, Nothing]) -> Page[RoleHeld] | Refused:
    """Return every role that is held, by login."""
    refused = allowed(call.uow, call.doer, Act.SEE_ROLES, Organisation(), "roles", call.occasion)
    if refused is not None:
        return refused
    held = sorted(call.uow.roles.held(call.occasion.now), key=lambda one: (one.login, one.grant.id))
    start = int(call.after) if call.after else 0
    page = held[start : start + call.most]
    last = str(start + len(page)) if len(held) > start + len(page) else ""
    return Page(
        [
            RoleHeld(
                one.account_id,
                one.person_id,
                one.login,
                one.name,
                one.grant.role,
                one.grant.scope.reach.value,
                one.grant.scope.key,
                one.grant.ends,
                one.given_at,
                one.reason,
            )
            for one in page
        ],
        last,
    )


def records(call: Call[Records, Nothing]) -> Page[Record] | Refused:
    """Return records of the audit log, newest first."""
    refused = allowed(call.uow, call.doer, Act.SEE_AUDIT, Organisation(), "audit log", call.occasion)
    if refused is not None:
        return refused
    query = call.query
    chosen = Chosen(query.since, query.until, query.type, query.reference)
    lines = call.register.log().page(chosen, int(call.after) if call.after else 0, call.most + 1)
    page = lines[: call.most]
    found = [
        Record(one.id, one.at, one.type, one.who, one.subject, one.object, one.reason, one.request_id)
        for one in page
    ]
    return Page(found, str(page[-1].id) if len(lines) > len(page) else "")


def review(call: Call[Nothing, Nothing]) -> Page[ReviewFinding] | Refused:
    """Return the review: what an auditor should look at."""
    refused = allowed(call.uow, call.doer, Act.SEE_AUDIT, Organisation(), "review", call.occasion)
    if refused is not None:
        return refused
    report = call.register.posture(call.occasion.now, DORMANT)
    return Page(
        [
            ReviewFinding(name, found.count, tuple(ReviewLine(*line) for line in found.lines))
            for name, found in report.parts().items()
        ]
    )


def runs(call: Call[Nothing, Nothing]) -> Page[Run] | Refused:
    """Return the runs, newest first."""
    refused = allowed(call.uow, call.doer, Act.SEE_SYNCHRONISATION, Organisation(), "runs", call.occasion)
    if refused is not None:
        return refused
    start = int(call.after) if call.after else 0
    found = shown.runs(call.uow, RunQuery(skip=start, limit=call.most + 1))
    page = found[: call.most]
    last = str(start + len(page)) if len(found) > call.most else ""
    return Page(
        [
            Run(one.id, one.source, one.started_at, one.ended_at, one.state.value, one.reverts or "")
            for one in page
        ],
        last,
    )


def lines(call: Call[Nothing, Nothing]) -> Page[PlanLine] | Refused:
    """Return the plan of a run, line by line."""
    refused = allowed(call.uow, call.doer, Act.SEE_SYNCHRONISATION, Organisation(), "run", call.occasion)
    if refused is not None:
        return refused
    first = int(call.after) if call.after else 0
    found = shown.run_with_lines(call.uow, call.path["run"], first, call.most)
    if found is None:
        return no("unknown")
    page = [PlanLine(one.number, one.sentence, one.state, one.reason) for one in found.lines]
    return Page(page, str(first + len(page)) if found.more else "")


def decide(call: Call[Nothing, PlanDecision]) -> PlanDecided | Refused:
    """Release or reject a plan that the brake stopped."""
    let_through = call.body.verdict is Verdict.RELEASE
    done = shown.decide(
        call.uow, call.doer, call.path["run"], call.body.reason, call.occasion, let_through=let_through
    )
    return PlanDecided() if isinstance(done, Done) else done


OPERATIONS = (
    Operation(
        "roles.find", "GET", "/roles", "Return every role of Portvakt itself that is held.",
        Act.SEE_ROLES, roles, RoleHeld, Nothing, Nothing, paged=True,
    ),
    Operation(
        "audit.find", "GET", "/audit", "Return records of the audit log, newest first.",
        Act.SEE_AUDIT, records, Record, Records, Nothing, paged=True,
    ),
    Operation(
        "audit.review", "GET", "/review", "Return what a review should look at.",
        Act.SEE_AUDIT, review, ReviewFinding, Nothing, Nothing, paged=True,
    ),
    Operation(
        "sync.runs", "GET", "/sync-runs", "Return the latest runs of every directory, newest first.",
        Act.SEE_SYNCHRONISATION, runs, Run, Nothing, Nothing, paged=True,
    ),
    Operation(
        "sync.lines", "GET", "/sync-runs/{run}/lines", "Return the plan of a run, in words.",
        Act.SEE_SYNCHRONISATION, lines, PlanLine, Nothing, Nothing, paged=True,
    ),
    Operation(
        "sync.decide", "POST", "/sync-runs/{run}/decide", "Release or reject a plan that the brake stopped.",
        Act.DECIDE_PLAN, decide, PlanDecided, Nothing, PlanDecision,
    ),
)  # fmt: skip
