"""A plan that a human has read, against the plan that the same directory comes to now.

Owns which of its lines still hold. Pure.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from directory_sync.brake import Braked, leavers
from directory_sync.line_json import line_to_json
from directory_sync.lines import Conflict, Line, kind_of
from directory_sync.plan import Plan
from directory_sync.sink import LeftOut

OVERTAKEN = "overtaken: the directory or the account has changed since the plan was read"


@dataclass(frozen=True, slots=True)
class Released:
    """A held plan that was let through. `grounds` are the rules that had stopped it, none if none had.

    `strict`: if it cannot be carried out, nothing else is either.
    """

    lines: Sequence[Line]
    grounds: Sequence[str] = ()
    strict: bool = False

    def refusal(self, braked: Braked | None, plan: Plan) -> str | None:
        """Why nothing of it may be carried out, or None: whoever let it through has seen all that is too much now."""
        if braked is None:
            return None
        others = set(braked.grounds) - set(self.grounds)
        unseen = {one.key for one in leavers(plan.lines)} - {one.key for one in leavers(self.lines)}
        now, then = (Counter(map(kind_of, lines)) for lines in (plan.lines, self.lines))
        more = [kind for kind in braked.grounds if now[kind] > then[kind]]
        if not (others or unseen or more):
            return None
        return f"the grounds have changed since the plan was read: {braked.reason}"

    def of(self, plan: Plan) -> tuple[Plan, tuple[LeftOut, ...]]:
        """The lines that the new plan has, too; and those that were overtaken."""
        now = {line_to_json(line) for line in plan.lines}
        kept = [line for line in self.lines if line_to_json(line) in now]
        held = enumerate(self.lines)
        overtaken = [
            LeftOut(number, line, OVERTAKEN)
            for number, line in held
            if line_to_json(line) not in now and not isinstance(line, Conflict)
        ]
        return replace(plan, lines=tuple(kept)), tuple(overtaken)
