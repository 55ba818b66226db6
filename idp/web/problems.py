"""Problems for programs (RFC 9457): application/problem+json with a stable code and the reference number."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

KIND = "application/problem+json"
#: Below this, answers are for programs.
API_ROOT = "/api/"


def problem_response(
    status: int, code: str, title: str, reference: str, extra: Mapping[str, Any] | None = None
) -> Response:
    """Return a problem; `extra` are members besides the standard ones."""
    body = {
        "type": f"urn:portvakt:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "reference": reference,
        **(extra or {}),
    }
    return Response(json.dumps(body, ensure_ascii=False), status, media_type=KIND)
