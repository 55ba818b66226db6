"""The box of password generators: what there is, where each is, and the end of each. For whoever manages all tokens.

The box holds thousands, so the database sorts and pages it; its file says where each is and not who has it.
Handing out is done where the person is (`ways_in`); a maker's file is taken in by `token_import`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain import own_factors, token_desk
from idp.domain.account import Account
from idp.domain.administration import REQUIREMENT
from idp.domain.appointments import doer_of, printable
from idp.domain.handles import AccountId
from idp.domain.ports import UnitOfWork
from idp.domain.roles import Act, Refused
from idp.domain.roles.words import sentences as refusals
from idp.pages.administration.door import Door
from idp.pages.administration.token_words import words_of
from idp.pages.administration.ways_in import NeedsFreshProof
from idp.pages.token_label import label_svg
from idp.pages.visitor import Visitor
from idp.web.administration import PATH
from idp.web.kit import own_path
from idp.web.listing import Column, Listing
from idp.web.marking import mark
from mfa import HardwareToken, StockOrder, StockQuery, TokenState
from mfa.token_stock import Moved, Refusal

TOKENS = f"{PATH}/tokens"
_LONGEST_ID = 64
_MOST_IN_FILE = 100_000
_UNPROCESSABLE = 422
BOX: Listing[HardwareToken] = Listing(
    (
        Column(StockOrder.SERIAL.value, mark("Number"), lambda one: one.serial),
        Column(StockOrder.MODEL.value, mark("Model"), lambda one: f"{one.manufacturer} {one.model}".strip()),
        Column(StockOrder.STATE.value, mark("Where it is"), lambda one: one.state.value),
        Column(StockOrder.CHANGED.value, mark("Changed"), lambda one: one.changed_at),
    ),
    at_once=50,
)


@dataclass(frozen=True, slots=True)
class Box:
    """One page of the box."""

    tokens: Sequence[HardwareToken]
    counts: Mapping[TokenState, int]


@dataclass(frozen=True, slots=True)
class TokenView:
    """One token and who has it."""

    token: HardwareToken
    holder: Account | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """The pages. `organisation` stands on the labels."""

    door: Door
    organisation: str

    def routes(self) -> list[Route]:
        """Return the routes."""
        one = TOKENS + "/{token}"
        return [
            Route(TOKENS, self.box, methods=["GET"]),
            Route(one, self.show, methods=["GET"]),
            Route(f"{one}/label", self.label, methods=["GET"]),
            Route(f"{one}/hand-back", self.hand_back, methods=["POST"]),
            Route(f"{one}/lost", self.lost, methods=["POST"]),
            Route(f"{one}/destroy", self.destroy, methods=["POST"]),
        ]

    async def box(self, request: Request) -> Response:
        """List the box; as CSV if asked."""
        query = request.query_params
        asked, in_file = BOX.asked(query, ("state",)), query.get("format") == "csv"
        state = next((one for one in TokenState if one.value == query.get("state")), None)

        def seen(uow: UnitOfWork, visitor: Visitor) -> Box | Refused:
            skip, limit = (0, _MOST_IN_FILE) if in_file else (asked.skip, BOX.at_once + 1)
            order = StockOrder(asked.sort or StockOrder.SERIAL)
            wanted = StockQuery(state, asked.words, order, asked.descending, skip, limit)
            found = token_desk.sorted_by(uow, doer_of(visitor.living.account), wanted, visitor.occasion)
            if isinstance(found, Refused):
                return found
            return Box(found, uow.factors.hardware_tokens.counts())

        found = await self.door.read(request, Act.MANAGE_TOKENS, seen)
        if isinstance(found, Response):
            return found
        visitor, box = found
        if isinstance(box, Refused):
            return self._refused(request, box)
        if in_file:
            return BOX.rows_file("password-generators.csv", box.tokens)
        return self.door.members.page(
            request,
            "administration/tokens.html",
            visitor,
            current=TOKENS,
            counts=box.counts,
            shown=BOX.cut(box.tokens, asked),
            here=TOKENS,
            state=state.value if state else "",
            states=[one.value for one in TokenState],
        )

    async def show(self, request: Request) -> Response:
        """Show one token."""
        return await self._page(request)

    async def label(self, request: Request) -> Response:
        """Give the label to print."""
        found = await self.door.read(request, Act.MANAGE_TOKENS, self._seen(request))
        if isinstance(found, Response):
            return found
        view = found[1]
        if isinstance(view, Refused):
            return self._refused(request, view)
        if view is None:
            raise HTTPException(404)
        kit = self.door.members.kit
        language = kit.language(request)
        picture = label_svg(
            self.organisation,
            view.token.serial,
            kit.issuer,
            lambda msgid: kit.rendering.translate(language, msgid),
        )
        return Response(picture, media_type="image/svg+xml")

    async def hand_back(self, request: Request) -> Response:
        """Take the token back."""
        return await self._moved(request, token_desk.hand_back)

    async def lost(self, request: Request) -> Response:
        """Note that it is lost."""
        return await self._moved(request, token_desk.report_lost)

    async def destroy(self, request: Request) -> Response:
        """Erase its seed for good."""
        return await self._moved(request, token_desk.destroy)

    async def _moved(self, request: Request, act: Callable[..., Moved | Refusal | Refused]) -> Response:
        form = await self.door.members.kit.form(request)
        reason, identifier = printable(form.text("reason")), request.path_params["token"][:_LONGEST_ID]

        def moved(uow: UnitOfWork, visitor: Visitor) -> Moved | Refusal | Refused | NeedsFreshProof:
            if not own_factors.may_change(visitor.living, visitor.occasion):
                return NeedsFreshProof()
            token = uow.factors.hardware_tokens.get(identifier)
            if token is None:
                return Refusal.UNKNOWN
            return act(uow, doer_of(visitor.living.account), token.serial, reason, visitor.occasion)

        found = await self.door.write(request, Act.MANAGE_TOKENS, moved)
        if isinstance(found, Response):
            return found
        kit, here = self.door.members.kit, f"{TOKENS}/{identifier}"
        match found[1]:
            case NeedsFreshProof():
                fresh = replace(REQUIREMENT, max_age=own_factors.FRESH)
                return await self.door.members.to_sign_in(request, here, fresh)
            case Refusal() as refusal:
                return await self._page(request, words_of(kit, request, refusal))
            case Refused() as refused:
                return self._refused(request, refused)
            case _:
                return kit.see_other(here)

    async def _page(self, request: Request, problem: str = "") -> Response:
        found = await self.door.read(request, Act.MANAGE_TOKENS, self._seen(request))
        if isinstance(found, Response):
            return found
        visitor, view = found
        if isinstance(view, Refused):
            return self._refused(request, view)
        if view is None:
            raise HTTPException(404)
        return self.door.members.page(
            request,
            "administration/token.html",
            visitor,
            status=_UNPROCESSABLE if problem else 200,
            current=TOKENS,
            view=view,
            here=f"{TOKENS}/{view.token.id}",
            problem=problem,
        )

    def _seen(self, request: Request) -> Callable[[UnitOfWork, Visitor], TokenView | Refused | None]:
        identifier = request.path_params["token"][:_LONGEST_ID]

        def seen(uow: UnitOfWork, visitor: Visitor) -> TokenView | Refused | None:
            doer = doer_of(visitor.living.account)
            token = token_desk.found(uow, doer, identifier, visitor.occasion)
            if token is None or isinstance(token, Refused):
                return token
            return TokenView(token, uow.accounts.get(AccountId(token.subject)) if token.subject else None)

        return seen

    def _refused(self, request: Request, refused: Refused) -> Response:
        kit = self.door.members.kit
        language = kit.language(request)
        said = refusals(refused, lambda msgid: kit.rendering.translate(language, msgid))
        return kit.refusal(
            request,
            403,
            "The page is for administrators",
            "Your account does not have the role that is needed here.",
            reasons=said,
            back=own_path(request),
        )
