"""XML from outside, parsed once and strictly: bounded before anything looks at it (statements M3, M4, F60, F67, F68).

Messages hold no comment, processing instruction, CDATA section or document type at all, so that no two readers can
see two texts. Metadata may hold comments, which people write; they are dropped and the text around them is whole.
"""

import re
from typing import Any, Final, TypeAlias

from lxml import etree

#: An lxml element: lxml brings no types.
Element: TypeAlias = Any

MESSAGE_LIMIT: Final = 96 * 1024
METADATA_LIMIT: Final = 4 * 1024 * 1024
_MOST_TAGS = 4_000
_MOST_METADATA_TAGS = 200_000
_MOST_ATTRIBUTES_A_TAG = 100
_DEEPEST = 40

_DECLARATION = re.compile(rb"\A<\?xml[ \t\r\n][^<>?]{0,200}\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_NAMESPACE = re.compile(rb"xmlns(?::[^=\s]{1,64})?\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ID_NAMES = ("ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id")


class UnreadableDocument(ValueError):
    """A document that is not read; `code` says why, in one word for the audit log."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse_message(document: bytes) -> Element:
    """Return the root of a protocol message; raises UnreadableDocument."""
    if len(document) > MESSAGE_LIMIT:
        raise UnreadableDocument("too_large")
    body = _without_declaration(document)
    if b"<!" in body or b"<?" in body:
        # Comments, CDATA, document types and processing instructions: no message of SAML needs one.
        raise UnreadableDocument("markup_not_allowed")
    return _parsed(body, _MOST_TAGS)


def parse_metadata(document: bytes) -> Element:
    """Return the root of a metadata document; raises UnreadableDocument."""
    if len(document) > METADATA_LIMIT:
        raise UnreadableDocument("too_large")
    body = _COMMENT.sub(b"", _without_declaration(document.strip()))
    if b"<!" in body:
        raise UnreadableDocument("markup_not_allowed")
    return _parsed(body, _MOST_METADATA_TAGS)


def parse_own(document: bytes) -> Element:
    """Return the root of a document that we wrote ourselves, or that was verified byte for byte."""
    return etree.fromstring(document, _parser())


def _without_declaration(document: bytes) -> bytes:
    """Return the document without its declaration; one encoding only, so that every reader sees the same text."""
    try:
        document.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableDocument("not_utf8") from error
    declaration = _DECLARATION.match(document)
    if declaration is None:
        return document
    encoding = _ENCODING.search(declaration[0])
    if encoding is not None and encoding[1].lower() not in (b"utf-8", b"us-ascii"):
        raise UnreadableDocument("not_utf8")
    return document[declaration.end() :].lstrip()


def _parsed(body: bytes, most_tags: int) -> Element:
    if body.count(b"<") > most_tags or body.count(b"=") > most_tags + len(body) // 64:
        raise UnreadableDocument("too_many_parts")
    for found in _NAMESPACE.finditer(body):
        # A relative namespace URI makes canonicalisation fail in one reader and not in another (F60).
        if b":" not in (found[1] or found[2] or b":"):
            raise UnreadableDocument("relative_namespace")
    try:
        root = etree.fromstring(body, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableDocument("not_well_formed") from error
    _check_shape(root)
    return root


def _parser() -> etree.XMLParser:
    # A new one each time: a parser object is not to be shared by threads that parse at once.
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


def _check_shape(root: Element) -> None:
    seen: set[str] = set()
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "end":
            continue
        if depth > _DEEPEST or len(element.attrib) > _MOST_ATTRIBUTES_A_TAG:
            raise UnreadableDocument("too_many_parts")
        for value in filter(None, map(element.get, _ID_NAMES)):
            if value in seen:
                raise UnreadableDocument("duplicate_id")
            seen.add(value)
