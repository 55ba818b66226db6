"""Forms with one file: read in memory, bounded by the guard, never kept, never served (statement B6)."""

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from idp.web.arrival import header_values
from idp.web.errors import FormRefused
from idp.web.forms import Form

_KIND = b"multipart/form-data"
_MOST_FIELDS = 32


async def read_upload(request: Request, name: str) -> tuple[Form, bytes]:
    """Return the fields of a form and the one file that it may have; raises FormRefused."""
    kinds = header_values(request.scope, b"content-type")
    if len(kinds) != 1 or kinds[0].partition(b";")[0].strip().lower() != _KIND:
        raise FormRefused
    try:
        sent = await request.form(max_files=1, max_fields=_MOST_FIELDS)
    except (HTTPException, MultiPartException) as error:
        raise FormRefused from error
    fields: dict[str, str] = {}
    content = b""
    for key, value in sent.multi_items():
        if isinstance(value, UploadFile):
            if key != name:
                raise FormRefused
            content = await value.read()
        elif key in fields or "\0" in value:
            raise FormRefused
        else:
            fields[key] = value
    await sent.close()
    return Form(fields), content
