"""What is done to an account: a form, a page that says what it will do, and the deed. One page for every act."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import mfa
from idp.domain import administration, planned_acts
from idp.domain.account import Account
from idp.domain.administration import Done, account_seen, no
from idp.domain.appointments import allowed, doer_in, printable
from idp.domain.approvals import WAITS
from idp.domain.foresight import WORDS, Foreseen, foresee
from idp.domain.handles import AccountId, SessionId
from idp.domain.planned_acts import Planned
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Refused
from idp.pages.administration.door import Door
from idp.pages.administration.people import PEOPLE
from idp.pages.administration.words import in_words, number_of
from idp.pages.visitor import Visitor
from idp.web.administration import PATH
from idp.web.forms import Form
from idp.web.marking import mark
from mfa import TemporaryCodePurpose
from mfa.temporary_access import MOST_USES

_LONGEST_ID = 64
_UNPROCESSABLE = 422
APPROVALS = f"{PATH}/approvals"
_HOURS = {Act.ISSUE_TEMPORARY_CODE: 24, Act.ISSUE_ACTIVATION_CODE: 720}

Result = Done | mfa.IssuedCode | Refused


@dataclass(frozen=True, slots=True)
class Kind:
    """One act as a page: its name in the path, its title (a msgid), and which fields its form has."""

    name: str
    act: Act
    title: str
    fields: frozenset[str] = frozenset()
    dangerous: bool = False


KINDS = {
    kind.name: kind
    for kind in (
        Kind("disable", Act.DISABLE, mark("Disable the account"), frozenset({"when"}), dangerous=True),
        Kind("enable", Act.ENABLE, mark("Enable the account"), frozenset({"when"})),
        Kind("end-session", Act.END_SESSIONS, mark("End the sign-in")),
        Kind("end-sessions", Act.END_SESSIONS, mark("End all sign-ins")),
        Kind("remove-factor", Act.REMOVE_FACTOR, mark("Remove the factor"), dangerous=True),
        Kind(
            "temporary-code",
            Act.ISSUE_TEMPORARY_CODE,
            mark("Issue a temporary code"),
            frozenset({"hours", "uses", "purpose"}),
        ),
        Kind(
            "activation-code",
            Act.ISSUE_ACTIVATION_CODE,
            mark("Issue an activation code"),
            frozenset({"hours"}),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form says."""

    account: AccountId
    about: str = ""
    reason: str = ""
    hours: int = 8
    uses: int = 1
    purpose: TemporaryCodePurpose = TemporaryCodePurpose.SIGN_IN
    when: datetime | None = None
    typed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Looked:
    """The account and what the act will do to it."""

    account: Account
    foreseen: list[Foreseen]
    refused: Refused | None


@dataclass(frozen=True, slots=True)
class Acts:
    """The pages."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the routes."""
        path = PEOPLE + "/{person}/{act}"
        return [
            Route(path, self.ask, methods=["GET"]),
            Route(path, self.do, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Show the form."""
        kind = _kind(request)
        query = request.query_params
        wanted = Wanted(
            AccountId(query.get("account", "")[:_LONGEST_ID]),
            query.get("about", "")[:_LONGEST_ID],
            hours=number_of(query.get("hours", ""), 8),
            uses=number_of(query.get("uses", ""), 1),
            purpose=_purpose(query.get("purpose", "")),
        )
        return await self._show(request, kind, wanted, "form")

    async def do(self, request: Request) -> Response:
        """Take the form: first to say what it will do, then to do it."""
        kind = _kind(request)
        form = await self.door.members.kit.form(request)
        wanted = self._wanted(form)
        if wanted is None:
            given = Wanted(AccountId(form.text("account", _LONGEST_ID)), form.text("about", _LONGEST_ID))
            return await self._show(request, kind, given, "form", no("malformed"))
        if form.text("step") != "confirm":
            step = "preview" if printable(wanted.reason) else "form"
            return await self._show(
                request, kind, wanted, step, None if step == "preview" else no("no_reason")
            )
        result = await self.door.write(request, kind.act, partial(_carry_out, kind=kind, wanted=wanted))
        if isinstance(result, Response):
            return result
        return await self._done(request, kind, wanted, *result)

    async def _done(
        self, request: Request, kind: Kind, wanted: Wanted, visitor: Visitor, done: Result
    ) -> Response:
        """Say what came of it: a code is shown once, here."""
        if isinstance(done, Refused) and done.reasons[0].code in WAITS:
            return self.door.members.kit.see_other(APPROVALS)
        if isinstance(done, Refused):
            return await self._show(request, kind, wanted, "form", done)
        if isinstance(done, mfa.IssuedCode):
            return self.door.page(
                request, "administration/code.html", visitor, current=PEOPLE, issued=done, kind=kind,
                person=f"{PEOPLE}/{request.path_params['person'][:_LONGEST_ID]}",
            )  # fmt: skip
        return self.door.members.kit.see_other(f"{PEOPLE}/{request.path_params['person'][:_LONGEST_ID]}")

    async def _show(
        self, request: Request, kind: Kind, wanted: Wanted, step: str, refused: Refused | None = None
    ) -> Response:
        if refused is not None and refused.reasons[0].code == "fresh_proof":
            return await self._prove(request, wanted)
        look: Callable[[UnitOfWork, Visitor], Looked | None] = partial(_look, kind=kind, wanted=wanted)
        result = await self.door.write(request, kind.act, look)
        if isinstance(result, Response):
            return result
        visitor, seen = result
        if seen is None:
            raise HTTPException(404)
        if seen.refused is not None and seen.refused.reasons[0].code == "fresh_proof":
            return await self._prove(request, wanted)
        kit = self.door.members.kit
        shown = refused or seen.refused
        translate = partial(kit.rendering.translate, kit.language(request))
        return self.door.page(
            request,
            "administration/act.html",
            visitor,
            status=_UNPROCESSABLE if shown else 200,
            current=PEOPLE,
            kind=kind,
            step="form" if shown else step,
            wanted=wanted,
            account=seen.account,
            foreseen=[translate(WORDS[one.code]).format(**one.values) for one in seen.foreseen],
            problem=in_words(kit, request, shown) if shown else "",
            here=request.scope["path"],
            person=f"{PEOPLE}/{seen.account.person_id}",
            most_hours=_HOURS.get(kind.act, 0),
            possible=seen.refused is None,
        )

    async def _prove(self, request: Request, wanted: Wanted) -> Response:
        back = f"{request.scope['path']}?account={wanted.account}&about={wanted.about}"
        return await self.door.prove_again(request, back)

    def _wanted(self, form: Form) -> Wanted | None:
        """Return what was typed; None if a number or a time is none."""
        hours, uses, when = form.text("hours", 4) or "8", form.text("uses", 3) or "1", form.text("when", 20)
        try:
            moment = datetime.fromisoformat(when) if when else None
        except ValueError:
            return None
        if not (hours.isascii() and hours.isdigit() and uses.isascii() and uses.isdigit()):
            return None
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.door.members.kit.rendering.timezone)
        return Wanted(
            AccountId(form.text("account", _LONGEST_ID)),
            form.text("about", _LONGEST_ID),
            form.text("reason", 1000),
            int(hours),
            int(uses),
            _purpose(form.text("purpose", 20)),
            moment,
            {"hours": hours, "uses": uses, "when": when, "purpose": form.text("purpose", 20)},
        )


def _purpose(typed: str) -> TemporaryCodePurpose:
    binds = typed == TemporaryCodePurpose.BIND_FACTOR.value
    return TemporaryCodePurpose.BIND_FACTOR if binds else TemporaryCodePurpose.SIGN_IN


def _kind(request: Request) -> Kind:
    kind = KINDS.get(request.path_params["act"])
    if kind is None:
        raise HTTPException(404)
    return kind


def _look(uow: UnitOfWork, visitor: Visitor, *, kind: Kind, wanted: Wanted) -> Looked | None:
    doer, occasion = doer_in(visitor.living, visitor.occasion), visitor.occasion
    account = account_seen(uow, doer, wanted.account, occasion)
    somebody = uow.roles.somebody(account.person_id, occasion.now) if account else None
    if account is None or somebody is None:
        return None
    refused = allowed(uow, doer, kind.act, somebody, account.id, occasion)
    return Looked(account, foresee(uow, kind.act, account, wanted.about, occasion, wanted.purpose), refused)


def _carry_out(uow: UnitOfWork, visitor: Visitor, *, kind: Kind, wanted: Wanted) -> Result:
    """Do it: the rights are asked again in the transaction of the deed."""
    doer, occasion = doer_in(visitor.living, visitor.occasion), visitor.occasion
    account, reason = wanted.account, wanted.reason
    lifetime = timedelta(hours=wanted.hours)
    if kind.act in _HOURS and not (1 <= wanted.hours <= _HOURS[kind.act] and 1 <= wanted.uses <= MOST_USES):
        return no("malformed")
    if wanted.when is not None and kind.name in set(Planned):
        return planned_acts.plan(uow, doer, account, Planned(kind.name), wanted.when, reason, occasion)
    session = SessionId(wanted.about)
    deeds: dict[str, Callable[[], Result]] = {
        "disable": lambda: administration.disable(uow, doer, account, reason, occasion),
        "enable": lambda: administration.enable(uow, doer, account, reason, occasion),
        "end-session": lambda: administration.end_their_session(
            uow, doer, account, session, reason, occasion
        ),
        "end-sessions": lambda: administration.end_their_sessions(uow, doer, account, reason, occasion),
        "remove-factor": lambda: administration.remove_factor(
            uow, doer, account, wanted.about, reason, occasion
        ),
        "temporary-code": lambda: administration.temporary_code(
            uow, doer, account, lifetime, wanted.uses, reason, occasion, wanted.purpose
        ),
        "activation-code": lambda: administration.activation_code(
            uow, doer, account, lifetime, reason, occasion
        ),
    }
    return deeds[kind.name]()
