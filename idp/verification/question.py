"""A question as it arrives: who asks (RFC 7617), and one JSON object of known members and nothing else.

Only the shape is checked here. Nothing of what was sent is repeated in what is said of it.
"""

import base64
import binascii
import json
from dataclasses import dataclass, field
from ipaddress import ip_address

from idp.domain.occasion import IpAddress
from idp.verification.asking_systems import Kind

_LONGEST_BODY = 4096
_LONGEST_CREDENTIALS = 1024
_LONGEST = {"login": 320, "code": 256, "kind": 32, "address": 64}


class MalformedError(Exception):
    """The request is no question; the text says why."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks, and the secret shown."""

    name: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """Is this code right for this person? `address` is where the person is, as the asking system knows it."""

    login: str
    code: str = field(repr=False)
    kind: Kind = Kind.ONE_TIME_PASSWORD
    address: IpAddress | None = None


def read_credentials(header: str) -> Credentials | None:
    """Return what an Authorization header shows; None for anything but one well-formed Basic."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _LONGEST_CREDENTIALS:
        return None
    try:
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return Credentials(name, secret) if name and colon and secret else None


def read_question(content_type: str, body: bytes) -> Question:
    """Return the question; raises MalformedError."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise MalformedError("Content-Type: expected application/json")
    if len(body) > _LONGEST_BODY:
        raise MalformedError(f"the body is longer than {_LONGEST_BODY} bytes")
    try:
        members = json.loads(body.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise MalformedError("the body is not one JSON object with each member once") from error
    if not isinstance(members, dict):
        raise MalformedError("expected a JSON object")
    return _question(members)


def _question(members: dict[str, object]) -> Question:
    texts: dict[str, str] = {}
    for name, value in members.items():
        if name not in _LONGEST:
            raise MalformedError(f"expected the members {', '.join(_LONGEST)} and no other")
        if not isinstance(value, str) or not 0 < len(value) <= _LONGEST[name]:
            raise MalformedError(f"{name}: expected text of 1 to {_LONGEST[name]} characters")
        texts[name] = value
    if not {"login", "code"} <= texts.keys():
        raise MalformedError("expected the members login and code")
    kinds = {kind.value: kind for kind in Kind}
    kind = texts.get("kind", Kind.ONE_TIME_PASSWORD.value)
    if kind not in kinds:
        raise MalformedError(f"kind: expected one of {', '.join(kinds)}")
    return Question(texts["login"], texts["code"], kinds[kind], _address(texts.get("address")))


def _address(text: str | None) -> IpAddress | None:
    if text is None:
        return None
    try:
        return ip_address(text)
    except ValueError as error:
        raise MalformedError("address: expected an IP address") from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is there twice")
    return found
