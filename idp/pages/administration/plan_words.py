"""What a synchronisation's plan says, in the reader's language: its lines, and why one was left out or stays.

What is stored with a run is English and stays so: what is known of it is said anew, the rest is marked as English.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from babel.numbers import format_percent
from markupsafe import Markup
from starlette.requests import Request

from directory_sync import Line, Say, held, revert, sentence, speaking
from directory_sync.brake_words import read_back
from idp.provisioning import batch, undo
from idp.provisioning.shown import ShownRun
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

_KINDS = {
    "joiner": mark("new persons"),
    "changed": mark("changed persons"),
    "mover": mark("persons who move"),
    "returned": mark("persons who return"),
    "unit_created": mark("new units"),
    "unit_changed": mark("changed units"),
    "unit_removed": mark("units that are gone"),
    "group_created": mark("new groups"),
    "group_changed": mark("changed groups"),
    "group_removed": mark("groups that are gone"),
}
_SHARES = {"sv": "#,##0.#\N{NO-BREAK SPACE}%", "en": "#,##0.#%"}
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

    def stopped(self, reason: str) -> str | Markup:
        """Return why a run did not do what it should have: the brake's words are said anew."""
        told = read_back(reason)
        if told is None:
            return self._english(reason)
        return "; ".join(self.say(msgid, **self._values(values)) for msgid, values in told)

    def told(self, shown: ShownRun, name: str) -> list[str | Markup]:
        """Return what the run's report lists under a name: the conflicts by their lines, where there are any."""
        listed = shown.run.report[name]
        kept = [self.kept(str(one)) for one in listed] if isinstance(listed, Sequence) else []
        if name != "conflicts":
            return kept
        return [*map(self.line, shown.conflicts), *kept[len(shown.conflicts) :]]

    def kept(self, text: str) -> str | Markup:
        """Return a sentence that the run's report keeps, with the reason after it if it has one."""
        more = _MORE.fullmatch(text)
        if more is not None:
            return self.say(mark("… and {count} more"), count=more[1])
        said, _, reason = text.rpartition(" – ")
        if reason in REASONS:
            return self._english(said) + Markup(" – ") + self.why(reason)
        return self._english(text)

    def _values(self, values: Mapping[str, str]) -> Mapping[str, str]:
        changed = {}
        if "share" in values:
            share = float(values["share"].removesuffix("%")) / 100
            changed["share"] = format_percent(share, _SHARES[self.language], self.language)
        if "kind" in values:
            kind = values["kind"]
            changed["kind"] = self.say(_KINDS[kind]) if kind in _KINDS else kind
        if "why" in values:
            changed["why"] = self.say(values["why"])
        return {**values, **changed}

    def _english(self, text: str) -> Markup:
        if self.language == "en":
            return Markup("{}").format(text)
        return Markup('<span lang="en">{}</span>').format(text)


def plan_words(kit: Kit, request: Request) -> PlanWords:
    """Return the words in the reader's language, with times where the readers are."""
    language = kit.language(request)
    translate = partial(kit.rendering.translate, language)
    return PlanWords(language, speaking(translate, partial(kit.rendering.moment, language)))
