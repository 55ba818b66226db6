"""The dry run as an operation of the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated

from idp.api.operation import AnyOperation, Call, Nothing, Operation
from idp.api.types import Text
from idp.domain.administration import no
from idp.domain.handles import ApplicationId
from idp.domain.roles import Act, Refused
from idp.radius.dry_run import DryRun, dry_run_for


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked about, and from where."""

    login: Annotated[str, Text(320, 1, about="User name or e-mail address.")]
    address: Annotated[str, Text(64, about="Where the person is; the outside if it is left out.")] = ""


@dataclass(frozen=True, slots=True)
class ReplyAttribute:
    """One attribute of the reply. `group` is whose members get it; `problem` why it is left out."""

    attribute: str
    value: str
    group: str
    problem: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person would be answered after typing everything right; nothing is sent."""

    answer: str
    message: str
    reasons: tuple[str, ...]
    only_passkeys: bool
    attributes: tuple[ReplyAttribute, ...]


def show(call: Call[Asked, Nothing]) -> Reply | Refused:
    """Return what somebody would be answered through a network access server."""
    try:
        address = ip_address(call.query.address) if call.query.address else None
    except ValueError:
        return no("malformed")
    identifier = ApplicationId(call.path["application"])
    found = dry_run_for(call.uow, call.doer, identifier, call.query.login, address, call.occasion)
    return found if isinstance(found, Refused) else _reply(found)


def _reply(run: DryRun) -> Reply:
    lines = tuple(ReplyAttribute(one.attribute, one.value, one.group, one.problem) for one in run.lines)
    return Reply(run.answer, run.message, tuple(run.explanation.sentences), run.only_passkeys, lines)


OPERATIONS: Sequence[AnyOperation] = (
    Operation(
        "network-access.reply", "GET", "/applications/{application}/network-access/reply",
        "Return what somebody would be answered through a network access server; nothing is sent.",
        Act.SEE_APPLICATION, show, Reply, Asked, Nothing,
    ),
)  # fmt: skip
