"""Lists of any length as one JSON text, a line for each item, made while it is sent, a piece at a time."""

import json
from collections.abc import Callable, Iterator

from starlette.responses import StreamingResponse

from idp.api.operation import Stream
from idp.api.types import encode
from idp.domain.ports import Database, UnitOfWork
from idp.domain.register import Register

_PIECE = 32 * 1024


def streamed(
    stream: Stream, database: Database, register: Callable[[UnitOfWork], Register]
) -> StreamingResponse:
    """Return the answer. It breaks off before the last brace if reading fails: half a list is no JSON."""

    def read() -> Iterator[str]:
        with database.read() as uow:
            yield from _pieces(stream, register(uow))

    return StreamingResponse(read(), media_type="application/json")


def _pieces(stream: Stream, register: Register) -> Iterator[str]:
    """Yield the text by some kilobytes: each piece crosses from one thread to another."""
    held, size = [], 0
    for part in _parts(stream, register):
        held.append(part)
        size += len(part)
        if size > _PIECE:
            yield "".join(held)
            held, size = [], 0
    yield "".join(held)


def _parts(stream: Stream, register: Register) -> Iterator[str]:
    before = "{"
    for name, items in stream.read(register):
        yield f"{before}{json.dumps(name)}:["
        between = "\n"
        for item in items:
            yield between + json.dumps(encode(item), ensure_ascii=False)
            between = ",\n"
        yield "\n]"
        before = ","
    yield "}"
