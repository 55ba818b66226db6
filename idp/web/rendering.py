"""Templates to pages: one Jinja2 environment per language, everything escaped (statement B5).

Templates get finished values and decide nothing. `Frame` is what every page has around its content.
"""

import gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from idp.web.languages import LANGUAGES, translations

# A room with pages of its own brings their templates along, in a folder of its name: oidc/templates/oidc/….
_TEMPLATES = sorted(Path(__file__).parents[1].glob("*/templates"))


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page's content.

    Attributes:
        back: the local path that a change of language returns to; "" leaves the switch out.
        token: from a form's action to its token.
        reference: the request's number.
        person: the name of who is signed in, "" if nobody is or the page does not tell.
        sections: paths and titles (msgids) of the administration that the visitor's roles open.
    """

    language: str
    back: str
    token: Callable[[str], str]
    reference: str
    person: str = ""
    sections: tuple[tuple[str, str], ...] = ()

    def form(self, action: str, *, upload: bool = False) -> Markup:
        """Return the opening of a form that posts to `action`, with its token (statement B1)."""
        token = self.token(action)
        kind = ' enctype="multipart/form-data"' if upload else ""
        opening = (
            f'<form method="post" action="{escape(action)}"{kind}>'
            f'<input type="hidden" name="csrf" value="{token}">'
        )
        return Markup(opening)  # noqa: S704 - a token is base64url


class _Translated(Environment):
    """Translates constant texts while a template is compiled: there is one environment per language."""

    def __init__(self, catalogue: gettext.NullTranslations, **options: Any) -> None:
        super().__init__(**options)
        self._translating = _Translating(catalogue)
        self.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]  # by the extension

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed: nodes.Template = self._translating.visit(super()._parse(source, name, filename))
        return parsed


class _Translating(NodeTransformer):
    def __init__(self, catalogue: gettext.NullTranslations) -> None:
        self._catalogue = catalogue

    def visit_Call(self, call: nodes.Call) -> nodes.Node:  # noqa: N802 - the name that the visitor looks for
        self.generic_visit(call)
        named = isinstance(call.node, nodes.Name) and call.node.name == "_"
        match call.args:
            case [nodes.Const(value=str() as msgid)] if named and not call.kwargs:
                # What Jinja's own newer gettext does at each rendering, `%%` for `%` included.
                translated = Markup(self._catalogue.gettext(msgid))  # noqa: S704 - our own catalogue
                return nodes.Const(translated % {})
        return call


@dataclass(frozen=True, slots=True)
class Rendering:
    """The templates in every language."""

    environments: Mapping[str, Environment]
    catalogues: Mapping[str, gettext.NullTranslations]
    timezone: ZoneInfo

    @classmethod
    def load(cls, organisation: str, timezone: ZoneInfo, static: Mapping[str, str]) -> "Rendering":
        """Read catalogues and prepare the templates; `static` maps file names to paths."""
        catalogues = {language: translations(language) for language in LANGUAGES}
        environments = {
            language: _environment(language, catalogue, organisation, timezone, static)
            for language, catalogue in catalogues.items()
        }
        return cls(environments, catalogues, timezone)

    def page(self, template: str, frame: Frame, view: Mapping[str, object]) -> str:
        """Return the page's HTML."""
        return self.environments[frame.language].get_template(template).render(view, frame=frame)

    def translate(self, language: str, msgid: str) -> str:
        """Return a text that was marked elsewhere in the reader's language."""
        return self.catalogues[language].gettext(msgid)

    def moment(self, language: str, at: datetime) -> str:
        """Return the day and the time of `at` where the readers are, as templates show it."""
        told: str = self.environments[language].filters["moment"](at)
        return told

    def clock_time(self, language: str, at: datetime) -> str:
        """Return the hour and minute of `at` where the readers are."""
        return format_datetime(at, "HH:mm", tzinfo=self.timezone, locale=language)


def _environment(
    language: str,
    catalogue: gettext.NullTranslations,
    organisation: str,
    timezone: ZoneInfo,
    static: Mapping[str, str],
) -> Environment:
    environment = _Translated(
        catalogue,
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]  # by the extension  # the extension adds it
    environment.globals |= {"organisation": organisation, "static": static, "languages": LANGUAGES}

    def moment(at: datetime) -> str:
        try:
            return format_datetime(at, "d MMMM y HH:mm", tzinfo=timezone, locale=language)
        except OverflowError:  # the last day there is, which directories write for no end
            return format_datetime(at, "d MMMM y HH:mm", locale=language)

    def day(at: datetime) -> str:
        return format_date(at.astimezone(timezone), "d MMMM y", locale=language)

    def clock(at: datetime) -> str:
        return format_datetime(at, "HH:mm", tzinfo=timezone, locale=language)

    environment.filters |= {"moment": moment, "day": day, "clock": clock}
    return environment
