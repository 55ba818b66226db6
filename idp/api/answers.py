"""From what an operation came to, to the answer: one table of problems, ETags, and what is kept for a replay."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from idp.api.types import encode
from idp.domain.roles import Refused
from idp.domain.roles.words import sentences
from idp.web.problems import problem_response

OK, NO_CONTENT, NOT_MODIFIED = 200, 204, 304

#: From a reason's code to status and title; a reason that is not here is a refusal of rights.
PROBLEMS: Mapping[str, tuple[int, str]] = {
    "malformed": (400, "The request is not what the description says"),
    "cursor": (400, "The cursor is not of this list, or too old: begin again"),
    "unauthorised": (401, "A valid token is needed: Authorization: Bearer …"),
    "forbidden": (403, "The token does not allow this"),
    "cross_site": (403, "Pages of other sites cannot use this"),
    "not_found": (404, "There is no such thing here"),
    "unknown": (404, "There is no such thing here"),
    "method": (405, "The method does not fit"),
    "already": (409, "It had been done already"),
    "waits": (409, "It waits for a second helper's approval: send it again when it has that"),
    "conflict": (409, "It does not fit what is there"),
    "changed": (412, "It was changed meanwhile: read it again"),
    "body_too_large": (413, "The request cannot be handled"),  # said by the frame, before anything is read
    "content_type": (415, "Send application/json"),
    "invalid": (422, "The body is not what the description says"),
    "reused_key": (422, "The Idempotency-Key was used for another request"),
    "precondition": (428, "Say which version this is about: If-Match"),
}

_OF_REASON = {
    "unknown": "unknown",
    "unknown_scope": "invalid",
    "malformed": "invalid",
    "no_reason": "invalid",
    "expiry": "invalid",
    "ended_already": "invalid",
    "wrong_reach": "invalid",
    "wrong_period": "invalid",
    "incident_period": "invalid",
    "no_sponsor": "invalid",
    "name_taken": "conflict",
    "of_a_directory": "conflict",
    "nothing_to_do": "already",
    "held_already": "already",
    "not_held": "already",
    "last_administrator": "conflict",
    "token_not_from_here": "conflict",
    "token_expired": "conflict",
    "second_helper_asked": "waits",
    "second_helper_waits": "waits",
    "seed_file": "invalid",
    "token_overtaken": "changed",
    "overtaken": "changed",
    "system_name": "invalid",
    "system_taken": "conflict",
    "server_taken": "conflict",
    "entity_taken": "conflict",
    "unusable_metadata": "invalid",
    "unknown_attributes": "invalid",
    "unknown_owner": "invalid",
    "unknown_names": "invalid",
    "registration_refused": "invalid",
    "no_secret": "conflict",
    "change_under_way": "conflict",
    "key_refused": "invalid",
    "keys_alike": "invalid",
    "last_key": "conflict",
    "unknown_role": "invalid",
    "role_name": "invalid",
    "role_in_use": "conflict",
    "too_many": "invalid",
    "nothing_to_take_back": "already",
    "plan_changed": "changed",
    "run_in_progress": "conflict",
    "run_not_applied": "conflict",
    "directory_gone": "conflict",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer before it is sent; what a replay sends again."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def kept(self) -> bytes:
        """Return it as bytes, to be sealed and kept."""
        return json.dumps([self.status, self.body, dict(self.headers)]).encode()

    @classmethod
    def again(cls, kept: bytes) -> "Answer":
        """Return what was kept."""
        status, body, headers = json.loads(kept)
        return cls(status, body, headers)

    def response(self, reference: str) -> Response:
        """Return what is sent."""
        if self.status in (NO_CONTENT, NOT_MODIFIED):
            return Response(None, self.status, headers=dict(self.headers))
        if isinstance(self.body, dict) and self.status >= 400:  # noqa: PLR2004 - errors (RFC 9110 §15.5)
            extra = {name: value for name, value in self.body.items() if name not in ("code", "title")}
            code, title = self.body["code"], self.body["title"]
            told = problem_response(self.status, code, title, reference, extra)
            told.headers.update(self.headers)
            return told
        text = json.dumps(self.body, ensure_ascii=False)
        return Response(text, self.status, media_type="application/json", headers=dict(self.headers))


def problem(name: str, **extra: object) -> Answer:
    """Return one of the problems of the table."""
    status, title = PROBLEMS[name]
    headers = {"www-authenticate": 'Bearer realm="portvakt"'} if name == "unauthorised" else {}
    return Answer(status, {"code": name, "title": title, **extra}, headers)


def refusal(refused: Refused) -> Answer:
    """Return a refusal of the domain's, with its reasons in words."""
    code = refused.reasons[0].code
    name = _OF_REASON.get(code, "forbidden")
    if name == "unknown":
        return problem(name)
    return problem(name, detail=" ".join(sentences(refused)), reasons=[one.code for one in refused.reasons])


def etag_of(value: object) -> str:
    """Return the strong validator of a value: what it is, digested."""
    text = json.dumps(encode(value), sort_keys=True, ensure_ascii=False)
    return f'"{hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]}"'


def matches(header: str, etag: str) -> bool:
    """Whether an If-Match or If-None-Match names this validator (RFC 9110 §13.1)."""
    return header.strip() == "*" or etag in {one.strip().removeprefix("W/") for one in header.split(",")}
