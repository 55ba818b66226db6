"""What a figure is given: the options, a folder, a voice, and installations that figures share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.installation import Installation
from bench.options import Options
from bench.rows import Line


@dataclass
class Workbench:
    """One run of the bench. `say` tells the person who waits what is being done."""

    options: Options
    folder: Path
    say: Callable[[str], None]
    _made: dict[int, Installation] = field(default_factory=dict)

    def installation(self, accounts: int = 0) -> Installation:
        """Return a Portvakt with SQLite and this many accounts, made when it is first asked for."""
        count = accounts or self.options.accounts
        if count not in self._made:
            self.say(f"setting up Portvakt with {count:,} accounts")
            folder = self.folder / f"portvakt-{count}"
            self._made[count] = Installation.make(folder, count, self.options.sessions)
        return self._made[count]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its name on the command line, and what yields its lines."""

    name: str
    measure: Callable[[Workbench], Iterator[Line]]
