"""Forms as they arrive: bounded, of one kind, without doubled fields (statements F90, O14).

Only the shape is checked here; what a value means is the use case's matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request

from idp.web.arrival import header_values
from idp.web.errors import FormRefused

_KIND = b"application/x-www-form-urlencoded"
_MOST_FIELDS = 64
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one form; values may be secret and are not shown."""

    fields: Mapping[str, str] = field(repr=False)

    def text(self, name: str, longest: int = _LONGEST) -> str:
        """Return a field, or "" if it is missing; raises FormRefused if it is longer than `longest`."""
        value = self.fields.get(name, "")
        if len(value) > longest:
            raise FormRefused
        return value


def parsed(body: bytes) -> Form:
    """Return the form in an urlencoded body; raises FormRefused."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise FormRefused from error
    fields = dict(pairs)
    if len(fields) != len(pairs) or any("\0" in text for pair in pairs for text in pair):
        raise FormRefused
    return Form(fields)


async def read_form(request: Request) -> Form:
    """Return a request's form, from wherever it came; raises FormRefused.

    Pages take forms through `Kit.form`, which also checks that the form is ours.
    """
    kinds = header_values(request.scope, b"content-type")
    if len(kinds) != 1 or kinds[0].partition(b";")[0].strip().lower() != _KIND:
        raise FormRefused
    return parsed(await request.body())
