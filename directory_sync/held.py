"""A plan that a human has read, against the plan that the same directory comes to now.

Owns which of its lines still hold. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from directory_sync.brake import Braked
from directory_sync.line_json import line_to_json
from directory_sync.lines import Conflict, Leaver
from directory_sync.plan import Plan
from directory_sync.plan_lines import PlanLines
from directory_sync.scratch import Scratch
from directory_sync.shelf import Shelf, same
from directory_sync.sink import LeftOut

OVERTAKEN = "overtaken: the directory or the account has changed since the plan was read"


@dataclass(frozen=True, slots=True)
class Released:
    """A held plan that was let through. `grounds` are the rules that had stopped it, none if none had.

    `strict`: if it cannot be carried out, nothing else is either.
    """

    lines: PlanLines
    grounds: Sequence[str] = ()
    strict: bool = False

    def refusal(self, braked: Braked | None, plan: Plan) -> str | None:
        """Why nothing of it may be carried out, or None: whoever let it through has seen all that is too much now."""
        if braked is None:
            return None
        others = set(braked.grounds) - set(self.grounds)
        more = [kind for kind in braked.grounds if plan.counts[kind] > self.lines.counts[kind]]
        if not (others or more or self._is_new_to_them(plan)):
            return None
        return f"the grounds have changed since the plan was read: {braked.reason}"

    def _is_new_to_them(self, plan: Plan) -> bool:
        """Whether anybody would be disabled who was not on the list that was read."""
        read = Shelf(Scratch(), same, same)
        for line in self.lines.of_kind(Leaver):
            read.put(line.key, "")
        return any(line.key not in read for line in plan.lines.of_kind(Leaver))

    def of(self, plan: Plan) -> tuple[Plan, tuple[LeftOut, ...]]:
        """The lines that the new plan has, too; and those that were overtaken."""
        scratch = Scratch()
        now = Shelf(scratch, same, same)
        for text in plan.lines.texts():
            now.put(_digest(text), "")
        kept = PlanLines(scratch=scratch)
        overtaken: list[LeftOut] = []
        for number, line in enumerate(self.lines):
            if _digest(line_to_json(line)) in now:
                kept.add(line)
            elif not isinstance(line, Conflict):
                overtaken.append(LeftOut(number, line, OVERTAKEN))
        return replace(plan, lines=kept), tuple(overtaken)


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
