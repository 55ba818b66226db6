"""The description is what is served: schemathesis calls every operation with what it allows and what it does not."""

import dataclasses

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from idp.api.operation import Nothing
from idp.api.registry import OPERATIONS as COMMON
from idp.api.types import fields_of
from idp.app import OPERATIONS as OF_PROTOCOLS
from idp.domain.api_tokens import NEVER_BY_TOKEN
from idp.domain.roles import Act

OPERATIONS = (*COMMON, *OF_PROTOCOLS)
load_all_checks()
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


def arriving(site):
    """The site's application for a client in the process that names neither our host nor an address."""
    host = site.issuer.partition("//")[2].encode()

    async def app(scope, receive, send):
        if scope["type"] == "http":
            headers = [pair for pair in scope["headers"] if pair[0] not in (b"host", b"x-forwarded-for")]
            scope = {**scope, "client": ("127.0.0.1", 40000), "headers": [(b"host", host), *headers]}
        await site.app(scope, receive, send)

    return app


def test_every_operation_is_described_once():
    assert len({one.id for one in OPERATIONS}) == len(OPERATIONS)
    assert len({(one.method, one.path) for one in OPERATIONS}) == len(OPERATIONS)
    assert all(one.summary.endswith(".") for one in OPERATIONS)


def test_a_name_in_the_description_stands_for_one_shape():
    shapes: dict[str, set[tuple[str, ...]]] = {}

    def walk(declared):
        known = fields_of(declared)
        shapes.setdefault(declared.__name__, set()).add(tuple(known))
        for kind, _required in known.values():
            if dataclasses.is_dataclass(kind.heart) and kind.heart is not declared:
                walk(kind.heart)

    for one in OPERATIONS:
        walk(one.body)
        walk(one.result)
    assert [name for name, found in shapes.items() if len(found) > 1] == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)
def test_what_the_description_allows_and_forbids_is_answered_as_it_says(site, token, operation):
    loaded = schemathesis.openapi.from_asgi("/api/v1/openapi.json", arriving(site))
    described = loaded[operation.path][operation.method]
    known = {
        "account": site.residents["annsve"].account_id,
        "person": site.residents["annsve"].person_id,
        "application": site.systems["intranet"],
    }
    ids = {name: value for name, value in known.items() if "{" + name + "}" in operation.path}
    headers = {"authorization": f"Bearer {token(*(set(Act) - NEVER_BY_TOKEN))}"}
    few = settings(max_examples=8, suppress_health_check=list(HealthCheck), database=None)

    def called(case):
        case.path_parameters = {**(case.path_parameters or {}), **ids}
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    few(given(described.as_strategy())(called))()
    if operation.body is not Nothing:
        few(given(described.as_strategy(generation_mode=GenerationMode.NEGATIVE))(called))()
