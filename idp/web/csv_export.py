"""Lists as CSV for spreadsheets: what a spreadsheet would compute is made text (A4, F89)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from starlette.responses import StreamingResponse

from idp.domain.plain_text import for_spreadsheet, plain

_LONGEST_CELL = 1000
_PIECE = 32 * 1024


def csv_lines(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the file in pieces of some kilobytes: never more is held, however long it is.

    Not line by line: each piece that a server sends crosses from one thread to another.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")
    yield "\ufeff"  # spreadsheets tell UTF-8 by it
    writer.writerow(heads)
    for row in rows:
        writer.writerow([for_spreadsheet(plain(str(cell), _LONGEST_CELL)) for cell in row])
        if buffer.tell() > _PIECE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def csv_response(name: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> StreamingResponse:
    """Return the answer that a browser saves as a file."""
    return StreamingResponse(
        csv_lines(heads, rows),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
