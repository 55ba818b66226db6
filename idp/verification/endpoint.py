"""The endpoint: `POST /verification/v1/verify`, JSON in and out, never a cookie and never another origin (B7)."""

from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp.domain.occasion import Occasion
from idp.verification.question import Credentials, MalformedError, Question, read_credentials, read_question
from idp.verification.verify import (
    Answer,
    Answered,
    KindNotAllowed,
    NotAuthenticated,
    TooManyTries,
    answer,
)
from idp.web.arrival import arrival_of, header
from idp.web.beat import on_beat
from idp.web.kit import Kit

PATH = "/verification/v1/verify"


@dataclass(frozen=True, slots=True)
class VerificationEndpoint:
    """See the module."""

    kit: Kit

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route(PATH, self.verify, methods=["POST"])]

    async def verify(self, request: Request) -> Response:
        """Answer one question. Every no leaves on the beat, so that none tells by its time (S9)."""
        arrival = arrival_of(request.scope)
        try:
            question = read_question(header(request.scope, b"content-type"), await request.body())
        except MalformedError as error:
            return self._problem(request, HTTPStatus.BAD_REQUEST, str(error))
        shown = read_credentials(header(request.scope, b"authorization"))
        answered = await self.kit.run(self._answer, shown, question, self.kit.occasion(request))
        if not (isinstance(answered, Answer) and answered.accepted):
            await on_beat(arrival.began)
        return self._said(request, answered)

    def _answer(self, shown: Credentials | None, question: Question, occasion: Occasion) -> Answered:
        with self.kit.database.write(brief=True) as uow:
            return answer(uow, shown, question, occasion)

    def _said(self, request: Request, answered: Answered) -> Response:
        match answered:
            case NotAuthenticated():
                response = self._problem(
                    request,
                    HTTPStatus.UNAUTHORIZED,
                    "The name or the secret of the asking system is not right.",
                )
                response.headers["www-authenticate"] = 'Basic realm="verification", charset="UTF-8"'
                return response
            case KindNotAllowed():
                return self._problem(
                    request, HTTPStatus.FORBIDDEN, "The asking system may not ask about this kind of code."
                )
            case TooManyTries(until):
                response = self._problem(
                    request,
                    HTTPStatus.TOO_MANY_REQUESTS,
                    "The asking system has been wrong too often: wait, whoever it asks about.",
                )
                seconds = max(1, int((until - arrival_of(request.scope).now).total_seconds()) + 1)
                response.headers["retry-after"] = str(seconds)
                return response
            case Answer(accepted, account, method):
                said: dict[str, object] = {
                    "accepted": accepted,
                    "reference": arrival_of(request.scope).reference,
                }
                if account is not None and method is not None:
                    said |= {"subject": account.id, "login": account.login, "method": method.value}
                return JSONResponse(said, headers={"cache-control": "no-store"})

    def _problem(self, request: Request, status: HTTPStatus, detail: str) -> JSONResponse:
        """Return a problem as RFC 9457 writes it."""
        body = {
            "type": "about:blank",
            "title": status.phrase,
            "status": int(status),
            "detail": detail,
            "reference": arrival_of(request.scope).reference,
        }
        return JSONResponse(
            body, status, {"cache-control": "no-store"}, media_type="application/problem+json"
        )
