"""From what went wrong to the page that says so: one table, whose last row gives nothing away.

    EdgeRefusal            the request itself is refused before any use case
    ├── HostRefused          not our host, or not one host
    ├── ForwardingRefused    a listed proxy forwards something that is no address
    ├── FormRefused          a form that no page of ours sends
    ├── CrossSiteRefused     a form that was not sent from a page of ours
    └── BodyTooLarge         more than is ever needed

Titles and texts are msgids; pages translate them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from starlette.exceptions import HTTPException

from idp.domain.errors import Overtaken, Unavailable
from idp.web.marking import mark


class EdgeRefusal(Exception):
    """Base of what the edge refuses by itself."""


class HostRefused(EdgeRefusal):
    """The request names another host than ours, or more than one."""


class ForwardingRefused(EdgeRefusal):
    """A listed proxy forwards something that is no address."""


class FormRefused(EdgeRefusal):
    """The body is not a form that a page of ours sends."""


class CrossSiteRefused(EdgeRefusal):
    """The form was not sent from a page of ours, or the page was too old."""


class BodyTooLarge(EdgeRefusal):
    """The body is larger than anything we take."""


@dataclass(frozen=True, slots=True)
class Problem:
    """How something that went wrong is told. `code` goes to log and audit; `audited` if it is a refusal."""

    status: int
    code: str
    title: str
    text: str
    audited: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


_BAD_REQUEST = mark("The request cannot be handled")

UNKNOWN = Problem(
    500,
    "internal_error",
    mark("Something went wrong"),
    mark("The fault is ours, not yours. Try again in a while. Contact IT support if it keeps happening."),
)

PROBLEMS: Mapping[type[Exception], Problem] = {
    HostRefused: Problem(
        400,
        "host_refused",
        _BAD_REQUEST,
        mark("The address in your browser is not an address of this service."),
        audited=True,
    ),
    ForwardingRefused: Problem(
        400,
        "forwarding_refused",
        _BAD_REQUEST,
        mark("The request arrived in a form that we do not accept."),
        audited=True,
    ),
    FormRefused: Problem(
        400,
        "form_refused",
        _BAD_REQUEST,
        mark("What the form sent cannot be used. Go back and try again."),
        audited=True,
    ),
    CrossSiteRefused: Problem(
        403,
        "cross_site_refused",
        mark("The page is too old"),
        mark("For safety, the form can no longer be used. Go back, reload the page and try again."),
        audited=True,
    ),
    BodyTooLarge: Problem(
        413,
        "body_too_large",
        _BAD_REQUEST,
        mark("What was sent is larger than we accept."),
        audited=True,
    ),
    Overtaken: Problem(
        409,
        "overtaken",
        mark("Something changed meanwhile"),
        mark("Somebody changed the same thing at the same time. Go back and try again."),
    ),
    Unavailable: Problem(
        503,
        "unavailable",
        mark("The service is not available right now"),
        mark("A system that we depend on does not answer. Try again in a few minutes."),
        headers={"retry-after": "30"},
    ),
}

STATUSES: Mapping[int, Problem] = {
    404: Problem(
        404,
        "not_found",
        mark("The page does not exist"),
        mark("The address may be misspelt, or the page may have been removed."),
    ),
    405: Problem(
        405,
        "method_not_allowed",
        _BAD_REQUEST,
        mark("The page cannot be used in that way."),
    ),
}


def problem_of(error: Exception) -> Problem:
    """Return how `error` is told; what is not in the table is told without details."""
    if isinstance(error, HTTPException):
        problem = STATUSES.get(error.status_code, UNKNOWN)
        return replace(problem, headers={**problem.headers, **(error.headers or {})})
    return next((PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS), UNKNOWN)
