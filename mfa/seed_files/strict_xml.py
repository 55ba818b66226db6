"""XML of strangers: no document type, no entities, nothing from elsewhere."""

from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # has no stubs
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # has no stubs

from mfa.seed_files.seed_file import SeedFileError


def parsed(content: bytes) -> Element:
    """Return the root of a document; raises SeedFileError for what no seed file needs."""
    try:
        root: Element = fromstring(content, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise SeedFileError(["the file has a document type or entities, which no seed file needs"]) from error
    except (ParseError, ValueError, LookupError) as error:  # also an encoding that nobody knows
        raise SeedFileError(["the file is not well-formed XML"]) from error
    return root
