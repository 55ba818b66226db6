"""The description of the API in OpenAPI 3.1, made of the operations and their types."""

import dataclasses
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from idp.api.answers import PROBLEMS
from idp.api.operation import MOST_AT_ONCE, AnyOperation, Nothing
from idp.api.types import MOST_ITEMS, Kind, Number, Text, fields_of

_ALWAYS = ("malformed", "unauthorised", "forbidden", "unknown")


def describe(operations: Sequence[AnyOperation], server: str) -> dict[str, Any]:
    """Return the whole description."""
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        # First, so that what comes in keeps its bounds where the same type also goes out.
        if one.body is not Nothing:
            _reference(one.body, schemas, bounded=True)
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Portvakt",
            "version": "1",
            "description": "What the administration's pages do, for programs. Tokens are made by "
            "`portvakt api-token issue` or in the administration.",
        },
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: AnyOperation, schemas: dict[str, Any]) -> dict[str, Any]:
    result = _lists(one.result, schemas) if one.streamed else _reference(one.result, schemas)
    if one.paged:
        result = {
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": result},
                "next": {"type": ["string", "null"], "description": "The cursor of the next page."},
            },
            "required": ["items", "next"],
        }
    answers = {
        "200": {
            "description": "Done.",
            "content": {"application/json": {"schema": result}},
            **(
                {}
                if one.secret or one.paged or one.streamed
                else {"headers": {"ETag": {"schema": {"type": "string"}}}}
            ),
        }
    }
    for name in _problems_of(one):
        status, title = PROBLEMS[name]
        answers.setdefault(
            str(status),
            {
                "description": title,
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )
    described: dict[str, Any] = {
        "operationId": one.id,
        "summary": one.summary,
        "description": f"The token must be for `{one.act.value}`.",
        "tags": list(one.tags) or [one.id.partition(".")[0]],
        "parameters": [*_path_parameters(one), *_query_parameters(one, schemas), *_header_parameters(one)],
        "responses": answers,
    }
    if one.body is not Nothing:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _reference(one.body, schemas)}},
        }
    return described


def _problems_of(one: AnyOperation) -> list[str]:
    found = list(_ALWAYS)
    if one.changes:
        found += ["already", "reused_key"]
    if one.changes or one.query is not Nothing:
        # What has the right shape may still mean nothing, such as an address that is none.
        found.append("invalid")
    if one.current is not None:
        found.append("changed")
    if one.guarded:
        found.append("precondition")
    if one.body is not Nothing:
        found += ["content_type", "body_too_large"]
    return found


def _path_parameters(one: AnyOperation) -> list[dict[str, Any]]:
    schema = {"type": "string", "pattern": "^[A-Za-z0-9._~-]{1,64}$"}
    return [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name in re.findall(r"{(\w+)}", one.path)
    ]


def _query_parameters(one: AnyOperation, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "query", "required": required, "schema": _schema(kind, schemas)}
        for name, (kind, required) in fields_of(one.query).items()  # type: ignore[arg-type]  # a class is hashable
    ]
    if one.paged:
        limit = {"type": "integer", "minimum": 1, "maximum": MOST_AT_ONCE, "default": 50}
        found.append({"name": "limit", "in": "query", "required": False, "schema": limit})
        found.append({"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}})
    return found


def _header_parameters(one: AnyOperation) -> list[dict[str, Any]]:
    found = []
    if one.once:
        key = {"type": "string", "pattern": "^[!-~]{1,64}$"}
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    if one.current is not None:
        tag = {"type": "string"}
        found.append({"name": "If-Match", "in": "header", "required": one.guarded, "schema": tag})
    return found


def _lists(declared: type, schemas: dict[str, Any]) -> dict[str, Any]:
    known = fields_of(declared)
    return {
        "type": "object",
        "description": "Sent while it is read: each line of the text is one item. What breaks off is no JSON.",
        "properties": {name: _schema(kind, schemas) for name, (kind, _) in known.items()},
        "required": list(known),
    }


def _reference(declared: type, schemas: dict[str, Any], *, bounded: bool = False) -> dict[str, Any]:
    name = declared.__name__
    if name not in schemas:
        schemas[name] = {}  # a type that holds itself ends here
        known = fields_of(declared)
        schemas[name] = {
            "type": "object",
            "description": (declared.__doc__ or "").strip().partition("\n")[0],
            "properties": {
                field: _schema(kind, schemas, bounded=bounded) for field, (kind, _) in known.items()
            },
            "required": [field for field, (_, required) in known.items() if required],
            "additionalProperties": False,
        }
    return {"$ref": f"#/components/schemas/{name}"}


def _schema(kind: Kind, schemas: dict[str, Any], *, bounded: bool = False) -> dict[str, Any]:
    one = _one(kind, schemas, bounded=bounded)
    if kind.many:
        one = {"type": "array", "items": one, **({"maxItems": MOST_ITEMS} if bounded else {})}
    if kind.optional:
        return {"anyOf": [one, {"type": "null"}]}
    return one


def _one(kind: Kind, schemas: dict[str, Any], *, bounded: bool) -> dict[str, Any]:
    heart, bounds = kind.heart, kind.bounds
    if dataclasses.is_dataclass(heart):
        return _reference(heart, schemas, bounded=bounded)  # type: ignore[arg-type]  # a dataclass, not an instance of one
    about = {"description": bounds.about} if bounds and bounds.about else {}
    if heart is str:
        limits = bounds if isinstance(bounds, Text) else None
        lengths = {"minLength": limits.least, "maxLength": limits.longest} if limits else {}
        return {"type": "string", **lengths, **about}
    if heart is int:
        found = bounds if isinstance(bounds, Number) else Number(0, 2**31)
        return {"type": "integer", "minimum": found.least, "maximum": found.most, **about}
    if heart in (bool, datetime):
        named = {"type": "boolean"} if heart is bool else {"type": "string", "format": "date-time"}
        return {**named, **about}
    return {"type": "string", "enum": [one.value for one in heart], **about}


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "reference": {"type": "string", "description": "Leads to the audit record."},
        "detail": {"type": "string"},
        "pointer": {"type": "string", "description": "Which field (RFC 6901)."},
        "reasons": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["type", "title", "status", "code", "reference"],
}
