"""One request from the wire to its operation and back; everything that no operation may forget.

In order: the operation, the site, the token, the act, the parameters, the body; then, in one unit of work, the
idempotency key, If-Match and the operation itself.
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from idp.api.answers import OK, Answer, etag_of, matches, problem, refusal
from idp.api.cursor import CursorRefused, Cursors
from idp.api.description import describe
from idp.api.operation import MOST_AT_ONCE, AnyOperation, Call, Nothing, Page, Stream
from idp.api.streaming import streamed
from idp.api.types import Malformed, encode, parse, parse_words
from idp.domain.api_tokens import ApiToken, bearer
from idp.domain.events import RequestRefused
from idp.domain.floods import record_refusal
from idp.domain.occasion import Actor, ActorKind, Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.register import Register
from idp.domain.roles import Doer, Refused, holds_somewhere
from idp.web.arrival import header, header_values
from idp.web.kit import Kit

ROOT = "/api/v1"
_ID = r"([A-Za-z0-9._~-]{1,64})"
_USED_AFTER = timedelta(hours=1)
_KEY = re.compile(r"[\x21-\x7e]{1,64}")
_MOST_PARAMETERS = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose shape is right; whose token it is, is known inside the unit of work."""

    operation: AnyOperation
    path: dict[str, str]
    query: Any
    body: Any
    raw: bytes
    cursor: str
    most: int
    token: str
    key: str
    if_match: str
    if_none_match: str


class Api:
    """The application under /api/v1. `register` answers questions within a unit of work."""

    def __init__(
        self,
        kit: Kit,
        operations: Sequence[AnyOperation],
        register: Callable[[UnitOfWork], Register],
        mac: Callable[[bytes, str], bytes],
    ) -> None:
        self._kit = kit
        self._register = register
        self._cursors = Cursors(mac)
        self._routes = [(_pattern(one.path), one) for one in operations]
        text = json.dumps(describe(operations, kit.issuer + ROOT), ensure_ascii=False)
        tag = hashlib.sha256(text.encode()).hexdigest()[:32]
        self._description = Answer(OK, json.loads(text), {"etag": f'"{tag}"'})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        answer = await self._answer(request)
        if isinstance(answer.body, Stream):
            response: Response = streamed(answer.body, self._kit.database, self._register)
        else:
            response = answer.response(self._kit.occasion(request).request_id)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Answer:
        path, method = request.scope["path"].removeprefix(ROOT), request.scope["method"]
        if path == "/openapi.json" and method in ("GET", "HEAD"):
            return self._description
        found = [(pattern.fullmatch(path), one) for pattern, one in self._routes]
        here = [(match, one) for match, one in found if match]
        if not here:
            return problem("not_found")
        operation = next((one for _, one in here if one.method == method), None)
        if operation is None:
            allowed = ", ".join(sorted({one.method for _, one in here}))
            return replace(problem("method"), headers={"allow": allowed})
        ids = next(match for match, one in here if one is operation)
        try:
            asked = await self._asked(request, operation, ids)
        except Malformed as error:
            name = "invalid" if error.pointer.startswith("body") else "malformed"
            pointer = error.pointer.removeprefix("body") or "/"
            return problem(name, detail=f"{pointer}: {error.what}", pointer=pointer)
        if isinstance(asked, Answer):
            return asked
        occasion = self._kit.occasion(request)
        run = self._kit.write if operation.changes else self._kit.read
        answer, token = await run(self._within, asked, occasion)
        await self._note(token, answer, operation, occasion)
        return answer

    async def _asked(self, request: Request, operation: AnyOperation, ids: re.Match[str]) -> Asked | Answer:
        scope = request.scope
        if header(scope, b"origin") not in ("", self._kit.issuer):
            return problem("cross_site")
        scheme, _, token = header(scope, b"authorization").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return problem("unauthorised")
        names = re.findall(r"{(\w+)}", operation.path)
        pairs = _pairs(scope["query_string"])
        cursor, most = "", MOST_AT_ONCE
        if operation.paged:
            cursor, most, pairs = _paging(pairs)
        raw = await request.body() if operation.changes else b""
        body = Nothing()
        if operation.body is not Nothing:
            kinds = header_values(scope, b"content-type")
            if len(kinds) != 1 or kinds[0].partition(b";")[0].strip().lower() != b"application/json":
                return problem("content_type")
            body = parse(operation.body, _json(raw), "body")
        key = header(scope, b"idempotency-key")
        if key and not _KEY.fullmatch(key):
            raise Malformed("/Idempotency-Key", "expected 1 to 64 visible characters")
        return Asked(
            operation,
            dict(zip(names, ids.groups(), strict=True)),
            parse_words(operation.query, pairs),
            body,
            raw,
            cursor,
            most,
            token.strip(),
            key if operation.once else "",
            header(scope, b"if-match"),
            header(scope, b"if-none-match"),
        )

    def _within(self, uow: UnitOfWork, asked: Asked, occasion: Occasion) -> tuple[Answer, ApiToken | None]:
        found = bearer(uow, asked.token, occasion.now)
        if found is None:
            return problem("unauthorised"), None
        token, doer = found
        acting = replace(occasion, actor=Actor(ActorKind.CLIENT, token.id))
        if not holds_somewhere(doer, asked.operation.act, occasion.now):
            return problem("forbidden", detail=f"The token is not for {asked.operation.act.value}."), token
        if not asked.key:
            return self._run(uow, asked, token, doer, acting), token
        return self._once(uow, asked, token, doer, acting), token

    def _once(self, uow: UnitOfWork, asked: Asked, token: ApiToken, doer: Doer, occasion: Occasion) -> Answer:
        """Run under an idempotency key: the first request is carried out, every later one gets its answer."""
        what = "\0".join([asked.operation.id, *asked.path.values(), asked.if_match])
        digest = hashlib.sha256(what.encode() + b"\0" + asked.raw).digest()
        before = uow.api_tokens.first_answer(token.id, asked.key, digest, occasion.now)
        if before is None:
            answer = self._run(uow, asked, token, doer, occasion)
            uow.api_tokens.keep_answer(token.id, asked.key, answer.kept())
            return answer
        if before != digest:
            return problem("reused_key")
        return Answer.again(uow.api_tokens.answer(token.id, asked.key))

    def _run(self, uow: UnitOfWork, asked: Asked, token: ApiToken, doer: Doer, occasion: Occasion) -> Answer:
        operation, after = asked.operation, ""
        bound = f"{token.id} {operation.id} {json.dumps(encode(asked.query), sort_keys=True)} {asked.path}"
        if asked.cursor:
            try:
                after = self._cursors.open(bound, asked.cursor, occasion.now)
            except CursorRefused:
                return problem("cursor")
        call = Call(
            uow, self._register(uow), doer, occasion, asked.path, asked.query, asked.body, after, asked.most
        )
        if operation.changes and asked.path:
            # Whoever changes the same thing at the same time waits, so that If-Match compares what stays.
            uow.exclusive("api " + " ".join(asked.path.values()))
        stale = _stale(asked, call)
        if stale is not None:
            return stale
        result = operation.run(call)
        if isinstance(result, Page):
            following = self._cursors.make(bound, result.last, occasion.now) if result.last else None
            return Answer(OK, {"items": [encode(one) for one in result.items], "next": following})
        return _told(asked, result)

    async def _note(
        self, token: ApiToken | None, answer: Answer, operation: AnyOperation, occasion: Occasion
    ) -> None:
        """Keep one record of what was refused at the door, and when a token was last used."""
        if answer.status in (401, 403):
            who = token.id if token else ""
            refused = RequestRefused(object=operation.id, reason=answer.body["code"], client=who)
            key = f"api {answer.body['code']} {who or occasion.address}"
            await self._kit.write(record_refusal, refused, key, occasion)
        elif token and (token.used_at is None or occasion.now - token.used_at > _USED_AFTER):
            await self._kit.write(_touch, token.id, occasion)


def _stale(asked: Asked, call: Call[Any, Any]) -> Answer | None:
    """Say that the thing is gone, or is no longer what If-Match names (C9)."""
    if asked.operation.current is None:
        return None
    if asked.operation.guarded and not asked.if_match:
        return problem("precondition")
    current = asked.operation.current(call)
    if isinstance(current, Refused):
        return refusal(current)
    if asked.if_match and not matches(asked.if_match, etag_of(current)):
        return problem("changed")
    return None


def _told(asked: Asked, result: object) -> Answer:
    """Return what one thing, or a refusal, is answered as."""
    if isinstance(result, Refused):
        return refusal(result)
    if isinstance(result, Stream):
        return Answer(OK, result)
    tag = etag_of(result)
    if not asked.operation.changes and asked.if_none_match and matches(asked.if_none_match, tag):
        return Answer(304, None, {"etag": tag})
    return Answer(OK, encode(result), {} if asked.operation.secret else {"etag": tag})


def _touch(uow: UnitOfWork, token_id: str, occasion: Occasion) -> None:
    uow.api_tokens.touch(token_id, occasion.now)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", lambda _: _ID, re.escape(path)))


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError as error:
        raise Malformed("/", "the query string cannot be read") from error


def _paging(pairs: list[tuple[str, str]]) -> tuple[str, int, list[tuple[str, str]]]:
    """Take cursor and limit out of the parameters."""
    found: dict[str, str] = {}
    rest = []
    for name, value in pairs:
        if name not in ("cursor", "limit"):
            rest.append((name, value))
        elif name in found:
            raise Malformed(f"/{name}", "comes twice")
        else:
            found[name] = value
    limit = found.get("limit", "50")
    if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= MOST_AT_ONCE:
        raise Malformed("/limit", f"expected a whole number from 1 to {MOST_AT_ONCE}")
    return found.get("cursor", ""), int(limit), rest


def _json(raw: bytes) -> object:
    try:
        return json.loads(raw, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed("body", "is no JSON, or has a name twice") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(name)
