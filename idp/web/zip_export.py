"""Several lists as one file: CSV within ZIP, written to disk beyond a few megabytes and sent as it is read."""

import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from starlette.responses import StreamingResponse

from idp.web.csv_export import csv_lines

_IN_MEMORY = 4 * 1024 * 1024
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Sheet:
    """One list: its file name, its heads, and its rows as they are read."""

    name: str
    heads: Sequence[str]
    rows: Iterable[Sequence[str]]


def zip_chunks(sheets: Iterable[Sheet]) -> Iterator[bytes]:
    """Yield the archive; rows are taken one by one."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for sheet in sheets:
                with archive.open(sheet.name, "w", force_zip64=True) as entry:
                    for line in csv_lines(sheet.heads, sheet.rows):
                        entry.write(line.encode("utf-8"))
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def zip_response(name: str, sheets: Iterable[Sheet]) -> StreamingResponse:
    """Return the answer that a browser saves as a file."""
    return StreamingResponse(
        zip_chunks(sheets),
        media_type="application/zip",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
