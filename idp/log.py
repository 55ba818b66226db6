"""The process's own log: one line an event on standard error.

Owns two promises. A line that cannot be written (a full disk, a reader that went away) is lost and stops
nothing: no job, no request. And no line holds what was in a variable: exceptions are told by their traces
alone, whatever writes them (K4). Knows no event.
"""

import logging
import sys
from typing import Any

import structlog

from idp.settings import Log, LogFormat

#: These write whole tokens, statements or headers at their lower levels (ATTACKS 2.11).
TALKATIVE = ("authlib", "httpx", "httpcore", "sqlalchemy")


def set_up_log(log: Log) -> None:
    """Send our events and the libraries' warnings to standard error, as JSON for collectors or as text for people."""
    as_text = log.format is LogFormat.TEXT
    stream = sys.stderr
    renderer = structlog.dev.ConsoleRenderer(
        colors=stream.isatty(),
        # The usual one prints each frame's variables, and with them passwords.
        exception_formatter=structlog.dev.plain_traceback,
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if as_text else [structlog.processors.format_exc_info]),
            renderer if as_text else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[log.level.value.upper()]
        ),
        logger_factory=lambda *_names: _Lines(stream),
    )
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    root = logging.getLogger()
    root.handlers = [*(held for held in root.handlers if not isinstance(held, _Libraries)), _Libraries()]


class _Lines(structlog.PrintLogger):
    """Prints lines; one that cannot be printed is lost."""

    def msg(self, message: str) -> None:
        """Print one line."""
        try:
            super().msg(message)
        except (OSError, ValueError):
            # Nowhere is left to say so; `portvakt doctor` looks at the room that is left on the disk.
            return

    log = debug = info = warn = warning = fatal = failure = err = error = critical = exception = msg


class _Libraries(logging.Handler):
    """Takes what libraries log, from warnings on; of an exception its kind alone, for its text is not ours."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record as an event of ours."""
        event: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[0]:
            event["error"] = record.exc_info[0].__qualname__
        message = record.getMessage().partition("\n")[0]
        structlog.get_logger(record.name).log(record.levelno, message, **event)
