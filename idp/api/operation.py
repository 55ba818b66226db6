"""What one operation of the API is: where, what comes in, what goes out, what it asks of the domain."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from idp.domain.handles import AccountId, ApplicationId
from idp.domain.occasion import Occasion
from idp.domain.ports import UnitOfWork
from idp.domain.register import Register
from idp.domain.roles import Act, Doer, Refused

Q = TypeVar("Q")
B = TypeVar("B")
R = TypeVar("R")

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Nothing:
    """No parameters, no body, or nothing to return."""


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, B]):
    """One request, parsed, inside its unit of work.

    Attributes:
        doer: who acts, with the token's bounds.
        path: the ids in the path.
        after: where the page before ended, as `Page.last` said; "" for the first page.
        most: how many items this page may hold.
    """

    uow: UnitOfWork
    register: Register
    doer: Doer
    occasion: Occasion
    path: Mapping[str, str]
    query: Q
    body: B
    after: str = ""
    most: int = MOST_AT_ONCE

    def account(self) -> AccountId:
        """Return the account of the path."""
        return AccountId(self.path["account"])

    def application(self) -> ApplicationId:
        """Return the application of the path."""
        return ApplicationId(self.path["application"])


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """One page of a list. `last` is where it ends, to go on from; "" if nothing follows."""

    items: Sequence[R]
    last: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """Lists of any length, by the names of the result's fields: read while they are sent, in one snapshot.

    `run` records that they are read before the first line leaves; `read` runs after that is committed.
    """

    read: Callable[[Register], Iterator[tuple[str, Iterable[object]]]]


@dataclass(frozen=True, slots=True)
class Operation(Generic[Q, B, R]):
    """One operation.

    Attributes:
        id: its name for programs, such as `accounts.disable`.
        method: GET for what changes nothing.
        path: under /api/v1, with ids in braces.
        summary: one sentence for people.
        act: what a token must be for.
        run: parses nothing, decides nothing: it asks one use case.
        result: the type of what is returned, or of a page's items.
        query: the type of its parameters.
        body: the type of its body; Nothing is none.
        paged: whether `run` returns a Page.
        current: what If-Match is compared with, read in the same unit of work; None takes no If-Match.
        guarded: whether a change must name what it is about by If-Match; without it, 428 (RFC 6585 §3).
        secret: whether the answer holds something that is shown once.
        streamed: whether `run` returns a Stream; the result's fields are lists then.
        recorded: whether it is recorded each time that it is read: no answer is kept for an Idempotency-Key.
    """

    id: str
    method: str
    path: str
    summary: str
    act: Act
    run: Callable[[Call[Q, B]], R | Page[R] | Stream | Refused]
    result: type[R]
    query: type[Q]
    body: type[B]
    paged: bool = False
    current: Callable[[Call[Any, Any]], object] | None = None
    secret: bool = False
    guarded: bool = False
    streamed: bool = False
    recorded: bool = False
    tags: Sequence[str] = field(default=())

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return self.method != "GET"

    @property
    def once(self) -> bool:
        """Whether it takes an Idempotency-Key."""
        return self.changes and not self.recorded


AnyOperation = Operation[Any, Any, Any]
