"""Starlette and Jinja2 rendering one of our pages and doing nothing else: `python -m` with SETTINGS COOKIES PATH PORT.

The page is asked for once from the product itself, within this process, and what its template was given is
kept. The endpoint renders that template with those values in a worker thread, as the product does, and answers
the same bytes: no database, no cookie, no check.
"""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from idp.app import build
from idp.settings import load
from idp.web.rendering import Frame, Rendering


@dataclass
class Seen:
    """The last page that the product rendered."""

    pages: list[tuple[Rendering, str, Frame, Mapping[str, object]]] = field(default_factory=list)

    def keep(self, rendering: Rendering, template: str, frame: Frame, view: Mapping[str, object]) -> str:
        """Render, and keep what was asked for."""
        self.pages.append((rendering, template, frame, view))
        return _render(rendering, template, frame, view)


_render = Rendering.page


async def _ask(settings_file: Path, cookies: str, path: str) -> tuple[Seen, str]:
    """Ask the product for the page, following its redirects."""
    settings, seen = load(settings_file, {}), Seen()

    def look_on(rendering: Rendering, template: str, frame: Frame, view: Mapping[str, object]) -> str:
        return seen.keep(rendering, template, frame, view)

    Rendering.page = look_on  # type: ignore[assignment, method-assign]  # nothing else is changed
    transport = httpx.ASGITransport(build(settings))
    # Over https, or the client keeps no `__Host-` cookie; whoever asks in a process speaks no TLS.
    origin = settings.issuer.replace("http:", "https:")
    async with httpx.AsyncClient(transport=transport, base_url=origin) as client:
        answer = await client.get(path, headers={"cookie": cookies} if cookies else {}, follow_redirects=True)
        answer.raise_for_status()
    Rendering.page = _render  # type: ignore[method-assign]  # as it was
    return seen, answer.text


def application(seen: Seen, expected: str) -> Starlette:
    """Return the application; raises ValueError if it would not answer the same bytes."""
    rendering, template, frame, view = seen.pages[-1]
    tokens = {action: frame.token(action) for action in _actions(expected)}
    still = replace(frame, token=tokens.__getitem__)
    if _render(rendering, template, still, view) != expected:
        raise ValueError("the floor does not render the page's bytes")

    def show(_request: Request) -> HTMLResponse:
        return HTMLResponse(_render(rendering, template, still, view))

    return Starlette(routes=[Route("/", show)])


def _actions(html: str) -> list[str]:
    return [part.partition('"')[0] for part in html.split('action="')[1:]]


if __name__ == "__main__":
    found, html = asyncio.run(_ask(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
    uvicorn.run(
        application(found, html), port=int(sys.argv[4]), log_level="warning", loop="uvloop", http="httptools"
    )
