"""The forms of a page: where each goes, and what a browser without scripts would send."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class PageForm:
    """One form; `buttons` are the values of its named submit buttons."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[PageForm] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.found.append(PageForm(values.get("action", "")))
        elif self.found and values.get("name"):
            kind = values.get("type", "").lower()
            if tag == "button" or (tag == "input" and kind == "submit"):
                self.found[-1].buttons.setdefault(values["name"], values.get("value", ""))
            elif tag == "input" and (kind not in ("checkbox", "radio") or "checked" in values):
                self.found[-1].fields[values["name"]] = values.get("value", "")


def forms_of(html: str) -> list[PageForm]:
    """Return a page's forms in their order."""
    reader = _Reader()
    reader.feed(html)
    return reader.found


def form_with(html: str, field_name: str) -> PageForm:
    """Return the first form that has a field or a button of this name; raises LookupError."""
    for form in forms_of(html):
        if field_name in form.fields or field_name in form.buttons:
            return form
    raise LookupError(f"the page has no form with {field_name!r}: {html[:400]}")
