"""The table of plain paths answers as Starlette's own router would, in the order of the routes."""

import pytest
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router

from idp.web.paths import Paths


def saying(text):
    async def endpoint(request):
        return PlainTextResponse(f"{text} {sorted(request.path_params.items())}")

    return endpoint


def plain(_request):
    return PlainTextResponse("in a thread")


async def nothing(_scope, _receive, _send):
    raise HTTPException(404)


ROUTES = [
    Route("/people/{login}", saying("person"), methods=["GET"]),
    Route("/people/new", saying("never reached by GET"), methods=["GET", "POST"]),
    Route("/", saying("portal"), methods=["GET"]),
    Route("/sign-in", saying("page"), methods=["GET"]),
    Route("/sign-in", saying("form"), methods=["POST"]),
    Route("/sign-in", saying("second"), methods=["POST"]),
    Route("/thread", plain, methods=["GET"]),
]


async def answer(router, method, path):
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": [],
    }
    try:
        await router({**scope, "app": router}, receive, send)
    except HTTPException as refused:
        return refused.status_code, b""
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        (method, path)
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS")
        for path in (
            "/",
            "/sign-in",
            "/sign-in/",
            "/people/new",
            "/people/anna",
            "/people/",
            "/thread",
            "//",
            "/x",
        )
    ],
)
def test_it_answers_as_starlette_does(method, path):
    import asyncio

    ours = Paths(ROUTES, redirect_slashes=False, default=nothing)
    theirs = Router(ROUTES, redirect_slashes=False, default=nothing)
    assert asyncio.run(answer(ours, method, path)) == asyncio.run(answer(theirs, method, path))


def test_most_paths_are_in_the_table():
    known = Paths(ROUTES, redirect_slashes=False, default=nothing)._plain
    assert ("/", "GET") in known
    assert ("/people/new", "GET") not in known
    assert ("/people/new", "POST") in known
    assert ("/thread", "GET") not in known
