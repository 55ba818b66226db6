"""One reason for a decision: a stable code and the values of its sentence. The words are elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a check came out as it did."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)
