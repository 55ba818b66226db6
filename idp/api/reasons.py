"""Why something is done, as every operation that leaves a reason in the audit log takes it."""

from dataclasses import dataclass
from typing import Annotated

from idp.api.types import Text

Why = Annotated[str, Text(200, 1, about="Why, for the audit log.")]


@dataclass(frozen=True, slots=True)
class WithReason:
    """Why it is done."""

    reason: Why
