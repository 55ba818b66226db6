"""A maker's file: sent, shown without its seeds, and taken in when the helper says so. All of it or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.domain import own_factors, seed_uploads, token_desk
from idp.domain.administration import REQUIREMENT
from idp.domain.appointments import allowed, doer_of
from idp.domain.ports import Sealer, UnitOfWork
from idp.domain.roles import Act, Organisation, Refused
from idp.domain.seed_uploads import SeedUpload
from idp.pages.administration.door import Door
from idp.pages.administration.tokens import TOKENS
from idp.pages.visitor import Visitor
from idp.web.errors import FormRefused
from idp.web.forms import Form
from idp.web.marking import mark
from mfa import Algorithm, Seed, token_stock
from mfa.seed_files import SeedFileError, SeedFormat
from mfa.token_stock import TakenIn

IMPORT = f"{TOKENS}/import"
_LONGEST_SEALED = 64 * 1024
_UNPROCESSABLE = 422
_TOO_LATE = mark("The page had been open for too long. Send the file again.")
_KNOWN = mark("{serial}: the number is known already.")


@dataclass(frozen=True, slots=True)
class TokenImport:
    """The pages. `sealer` seals the file between preview and taking in."""

    door: Door
    sealer: Sealer

    def routes(self) -> list[Route]:
        """Return the routes; to be mounted before those of single tokens."""
        return [
            Route(IMPORT, self.show, methods=["GET"]),
            Route(IMPORT, self.preview, methods=["POST"]),
            Route(f"{IMPORT}/take-in", self.take_in, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the form."""
        found = await self.door.read(request, Act.MANAGE_TOKENS, self._allowed)
        if isinstance(found, Response):
            return found
        visitor, refused = found
        return self._form(request, visitor, (), refused=refused)

    async def preview(self, request: Request) -> Response:
        """Show what is in the file, but for the seeds."""
        form, content = await self.door.members.kit.upload(request, "file")
        upload = _upload(form, content)

        def seen(uow: UnitOfWork, visitor: Visitor) -> tuple[Refused | None, Sequence[Seed], Sequence[str]]:
            refused = self._allowed(uow, visitor)
            if refused is not None:
                return refused, (), ()
            try:
                seeds = upload.read()
            except SeedFileError as error:
                return None, (), error.problems
            known = self._known(request, token_stock.duplicates(uow.factors, seeds))
            return None, seeds, known

        found = await self.door.write(request, Act.MANAGE_TOKENS, seen)
        if isinstance(found, Response):
            return found
        visitor, (refused, seeds, problems) = found
        if refused is not None or problems:
            return self._form(request, visitor, problems, refused=refused)
        sealed = seed_uploads.seal(self.sealer, upload, visitor.living.account.id, visitor.occasion.now)
        return self.door.members.page(
            request,
            "administration/token_preview.html",
            visitor,
            current=TOKENS,
            seeds=seeds,
            sealed=sealed,
            here=f"{IMPORT}/take-in",
        )

    async def take_in(self, request: Request) -> Response:
        """Take in what was shown."""
        kit = self.door.members.kit
        sealed = (await kit.form(request)).text("sealed", _LONGEST_SEALED)

        def taken(uow: UnitOfWork, visitor: Visitor) -> TakenIn | Refused | str | None:
            account, occasion = visitor.living.account, visitor.occasion
            if not own_factors.may_change(visitor.living, occasion):
                return None
            upload = seed_uploads.unseal(self.sealer, sealed, account.id, occasion.now)
            if upload is None:
                return _TOO_LATE
            return token_desk.take_in(uow, doer_of(account), upload.read(), occasion)

        found = await self.door.write(request, Act.MANAGE_TOKENS, taken)
        if isinstance(found, Response):
            return found
        visitor, result = found
        match result:
            case None:
                fresh = replace(REQUIREMENT, max_age=own_factors.FRESH)
                return await self.door.members.to_sign_in(request, IMPORT, fresh)
            case Refused():
                return self._form(request, visitor, (), refused=result)
            case str():
                return self._form(request, visitor, (self._translated(request, result),))
            case TakenIn(_, duplicates) if duplicates:
                return self._form(request, visitor, self._known(request, duplicates))
            case _:
                return kit.see_other(f"{TOKENS}?state=in_stock")

    def _allowed(self, uow: UnitOfWork, visitor: Visitor) -> Refused | None:
        doer, occasion = doer_of(visitor.living.account), visitor.occasion
        return allowed(uow, doer, Act.MANAGE_TOKENS, Organisation(), "", occasion)

    def _known(self, request: Request, serials: Sequence[str]) -> list[str]:
        sentence = self._translated(request, _KNOWN)
        return [sentence.format(serial=serial) for serial in serials]

    def _translated(self, request: Request, msgid: str) -> str:
        kit = self.door.members.kit
        return kit.rendering.translate(kit.language(request), msgid)

    def _form(
        self, request: Request, visitor: Visitor, problems: Sequence[str], *, refused: Refused | None = None
    ) -> Response:
        if refused is not None:
            return self.door.members.kit.refusal(
                request,
                403,
                mark("The page is for administrators"),
                mark("Your account does not have the role that is needed here."),
            )
        return self.door.members.page(
            request,
            "administration/token_import.html",
            visitor,
            status=_UNPROCESSABLE if problems else 200,
            current=TOKENS,
            problems=problems,
            here=IMPORT,
            formats=[one.value for one in SeedFormat],
            algorithms=[one.value for one in Algorithm],
        )


def _upload(form: Form, content: bytes) -> SeedUpload:
    try:
        return SeedUpload(
            SeedFormat(form.text("format")),
            content,
            Algorithm(form.text("algorithm")),
            form.text("mapping"),
            "".join(form.text("key").split()),
            form.text("password"),
        )
    except ValueError as error:
        raise FormRefused from error
