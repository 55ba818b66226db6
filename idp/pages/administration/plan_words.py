"""What a synchronisation's plan says, in the reader's language: its lines, and why one was left out or stays.

What is stored with a run is English and stays so: what is known of it is said anew, the rest is marked as English.
"""

import re
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup
from starlette.requests import Request

from directory_sync import Line, Say, held, revert, sentence, speaking
from idp.provisioning import batch, undo
from idp.web.kit import Kit
from idp.web.marking import mark

REASONS = (
    *revert.REASONS,
    undo.HOLDS_A_ROLE,
    batch.NAME_TAKEN,
    batch.CHANGED_MEANWHILE,
    held.OVERTAKEN,
)
"""Why a line is left out, or stays: msgids."""

_MORE = re.compile(r"… and ([0-9]+) more")


@dataclass(frozen=True, slots=True)
class PlanWords:
    """Tells it in one language."""

    language: str
    say: Say

    def line(self, line: Line) -> str:
        """Return what a line says."""
        return sentence(line, self.say)

    def why(self, reason: str) -> str | Markup:
        """Return why a line was left out or stays."""
        return self.say(reason) if reason in REASONS else self._english(reason)

    def kept(self, text: str) -> str | Markup:
        """Return a sentence that the run's report keeps, with the reason after it if it has one."""
        more = _MORE.fullmatch(text)
        if more is not None:
            return self.say(mark("… and {count} more"), count=more[1])
        said, _, reason = text.rpartition(" – ")
        if reason in REASONS:
            return self._english(said) + Markup(" – ") + self.why(reason)
        return self._english(text)

    def _english(self, text: str) -> Markup:
        if self.language == "en":
            return Markup("{}").format(text)
        return Markup('<span lang="en">{}</span>').format(text)


def plan_words(kit: Kit, request: Request) -> PlanWords:
    """Return the words in the reader's language, with times where the readers are."""
    language = kit.language(request)
    translate = partial(kit.rendering.translate, language)
    return PlanWords(language, speaking(translate, partial(kit.rendering.moment, language)))
