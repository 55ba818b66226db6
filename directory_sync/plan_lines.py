"""The lines of one plan, in the order in which they are applied, however many there are.

Owns where they are kept (in memory while they are few, as texts in the run's scratch once they are not), and what is
counted of them as they come. Does not know what a line is for.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import TypeVar

from directory_sync.line_json import line_from_json, line_to_json
from directory_sync.lines import KINDS, Leaver, Line, kind_of, weight_of
from directory_sync.records import Inactivity
from directory_sync.scratch import Scratch

L = TypeVar("L", bound=Line)

_TABLE = """
CREATE TABLE IF NOT EXISTS plan_line (
    plan INTEGER, number INTEGER, kind TEXT, line TEXT, PRIMARY KEY (plan, number)
) WITHOUT ROWID"""
_ADD = "INSERT INTO plan_line VALUES (?, ?, ?, ?)"
_TEXTS = "SELECT line FROM plan_line WHERE plan = ? ORDER BY number"
_OF_KIND = "SELECT line FROM plan_line WHERE plan = ? AND kind = ? ORDER BY number"
_BETWEEN = "SELECT number, line FROM plan_line WHERE plan = ? AND number BETWEEN ? AND ? ORDER BY number"


class PlanLines:
    """Made of lines, or filled with `add`; can be gone through any number of times."""

    def __init__(self, lines: Iterable[Line] = (), scratch: Scratch | None = None) -> None:
        self._scratch = Scratch() if scratch is None else scratch
        self._held: list[Line] = []
        self._weight = 0
        self._laid_down = 0
        self._plan = 0
        """This plan's number in the table; 0 while all is in memory."""
        self.counts: Counter[str] = Counter()
        """How many lines of each kind."""
        self.leaving: Counter[str] = Counter()
        """How many lose their access, by the code of each unit that they belonged to."""
        self.absent = 0
        """How many lose it because the directory does not list them."""
        self.extend(lines)

    def add(self, line: Line) -> None:
        """Put a line last."""
        self.counts[kind_of(line)] += 1
        if isinstance(line, Leaver):
            self.leaving.update(line.last.unit_codes)
            self.absent += line.reason is Inactivity.ABSENT
        self._held.append(line)
        self._weight += weight_of(line)
        if self._weight >= self._scratch.few:
            self._lay_down()

    def extend(self, lines: Iterable[Line]) -> None:
        """Put lines last."""
        for line in lines:
            self.add(line)

    def __len__(self) -> int:
        return self._laid_down + len(self._held)

    def __iter__(self) -> Iterator[Line]:
        if self._plan:
            yield from map(line_from_json, self._texts_laid_down())
        yield from self._held

    def texts(self) -> Iterator[str]:
        """Each line's canonical text."""
        if self._plan:
            yield from self._texts_laid_down()
        yield from map(line_to_json, self._held)

    def of_kind(self, kind: type[L]) -> Iterator[L]:
        """The lines of one kind."""
        name = KINDS[kind]  # type: ignore[index]  # every kind of line is one of its keys
        if not self.counts[name]:
            return
        if self._plan:
            for (text,) in self._scratch.run(_OF_KIND, self._plan, name):
                line = line_from_json(text)
                if isinstance(line, kind):
                    yield line
        yield from (line for line in self._held if isinstance(line, kind))

    def at(self, numbers: Sequence[int]) -> Iterator[Line]:
        """The lines at these places, counted from 0; `numbers` ascend."""
        wanted = [number for number in numbers if number < self._laid_down]
        if wanted:
            chosen = set(wanted)
            for number, text in self._scratch.run(_BETWEEN, self._plan, wanted[0], wanted[-1]):
                if number in chosen:
                    yield line_from_json(text)
        yield from (self._held[number - self._laid_down] for number in numbers[len(wanted) :])

    def content_hash(self, source: str) -> str:
        """The same for the same lines, of this source and in the same order, whenever they are computed."""
        digest = blake2b(source.encode(), digest_size=16)
        for text in self.texts():
            digest.update(b"\n" + text.encode())
        return digest.hexdigest()

    def _texts_laid_down(self) -> Iterator[str]:
        return (text for (text,) in self._scratch.run(_TEXTS, self._plan))

    def _lay_down(self) -> None:
        if not self._plan:
            self._plan = self._scratch.number()
            self._scratch.run(_TABLE)
        rows = (
            (self._plan, number, kind_of(line), line_to_json(line))
            for number, line in enumerate(self._held, self._laid_down)
        )
        self._scratch.run_many(_ADD, rows)
        self._laid_down += len(self._held)
        self._held.clear()
        self._weight = 0
