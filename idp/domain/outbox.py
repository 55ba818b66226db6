"""What need not happen now: a row written in the transaction of its cause, taken later by a job.

Delivery is at least once; every handler is idempotent. `topic` chooses the handler in `app.py`'s table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to do later. `payload` is JSON and holds ids, never secrets."""

    topic: str
    payload: Mapping[str, str] = field(default_factory=dict)
    due: datetime | None = None
