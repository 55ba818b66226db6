"""A bare Starlette on uvicorn, for its memory: `python -m` with a port."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def hello(_request: Request) -> PlainTextResponse:
    """Answer."""
    return PlainTextResponse("hello")


if __name__ == "__main__":
    application = Starlette(routes=[Route("/", hello)])
    uvicorn.run(application, port=int(sys.argv[1]), log_level="warning", loop="uvloop", http="httptools")
