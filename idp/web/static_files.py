"""Style, pictures and the one script, held in memory under names that change with their content: cached for ever."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FOLDER = Path(__file__).parent / "static"
_KINDS = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".js": "text/javascript; charset=utf-8"}
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFiles:
    """`urls` maps a file's name to its path on the server; `bodies` the path's last part to what is there."""

    urls: Mapping[str, str]
    bodies: Mapping[str, tuple[bytes, str]]

    @classmethod
    def load(cls, folder: Path = _FOLDER) -> "StaticFiles":
        """Read every file of the folder once."""
        urls, bodies = {}, {}
        for file in sorted(folder.iterdir()):
            body = file.read_bytes()
            served = f"{file.stem}.{hashlib.sha256(body).hexdigest()[:16]}{file.suffix}"
            urls[file.name] = f"/static/{served}"
            bodies[served] = (body, _KINDS[file.suffix])
        return cls(urls, bodies)

    def route(self) -> Route:
        """Return the route that serves them; it never touches the disk, a path or a range."""

        async def serve(request: Request) -> Response:
            found = self.bodies.get(request.path_params["name"])
            if found is None:
                raise HTTPException(404)
            body, kind = found
            return Response(body, headers={"content-type": kind, "cache-control": _FOR_EVER})

        return Route("/static/{name}", serve, methods=["GET"])
