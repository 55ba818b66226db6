"""A sign message: what somebody signs by signing in, shown in its own format and nothing else of it. Pure.

It comes from another system and is shown on a page of ours, so that of HTML and Markdown only the elements listed
here remain, without any attribute; everything else is text or is left out.
"""

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field
from html import escape

from lxml import etree
from lxml import html as lxml_html
from markdown_it import MarkdownIt
from markupsafe import Markup

from idp.saml.documents import Element
from idp.saml.vocabulary import SHA256

LONGEST = 32 * 1024
_KINDS = ("text", "text/plain", "text/html", "text/markdown")
_KEPT = frozenset(
    {"p", "br", "hr", "b", "strong", "i", "em", "u", "ul", "ol", "li", "dl", "dt", "dd", "blockquote"}
    | {"table", "thead", "tbody", "tr", "th", "td", "pre", "code"}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LEFT_OUT = frozenset(
    {"script", "style", "head", "title", "template", "noscript", "iframe", "object", "embed", "svg", "math"}
    | {"textarea", "select", "xmp", "plaintext", "noembed", "noframes"}
)


@dataclass(frozen=True, slots=True)
class SignMessage:
    """One message as it came.

    Attributes:
        octets: the text in UTF-8; b"" if it was encrypted, which nobody here can open.
        kind: its format, as `MimeType` says.
        must_show: whether nothing may be signed unless it was shown.
        shown_by: the entity ID of who is to show it, "" if nobody is named.
    """

    octets: bytes = field(repr=False)
    kind: str = "text"
    must_show: bool = False
    shown_by: str = ""

    def can_be_shown(self, entity_id: str) -> bool:
        """Whether we can show it: readable, of a format that we have, and not meant for somebody else."""
        return bool(self.octets) and self.kind in _KINDS and self.shown_by in ("", entity_id)

    @property
    def digest(self) -> str:
        """The value of `signMessageDigest` (Sweden Connect, attribute specification §3.2.4)."""
        return f"{SHA256};{b64encode(hashlib.sha256(self.octets).digest()).decode('ascii')}"

    def markup(self) -> Markup:
        """Return it as harmless HTML, in its own format."""
        text = self.octets.decode("utf-8")
        if self.kind == "text/html":
            return _harmless(text)
        if self.kind == "text/markdown":
            return _harmless(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))
        paragraphs = (part.strip("\n") for part in text.replace("\r\n", "\n").split("\n\n"))
        lines = (escape(part).replace("\n", "<br>") for part in paragraphs if part.strip())
        return Markup("".join(f"<p>{line}</p>" for line in lines))  # noqa: S704 - escaped just above


def _harmless(text: str) -> Markup:
    try:
        root = lxml_html.fragment_fromstring(text, create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return Markup("<p>{}</p>").format(text)
    for element in list(root.iterdescendants()):
        _clean(element)
    inside = escape(root.text or "") + "".join(
        etree.tostring(child, method="html", encoding="unicode") for child in root
    )
    return Markup(inside)  # noqa: S704 - only the elements above are left of it, without attributes


def _clean(element: Element) -> None:
    """Take an element's attributes away; what is not kept leaves its text, what can run leaves nothing."""
    if not isinstance(element.tag, str) or element.tag in _LEFT_OUT:
        element.drop_tree()
        return
    for name in list(element.attrib):
        del element.attrib[name]
    if element.tag in _HEADINGS:
        element.tag = "h3"
    elif element.tag not in _KEPT:
        element.drop_tag()
