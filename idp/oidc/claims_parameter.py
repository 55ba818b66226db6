"""The `claims` request parameter (OpenID Connect Core §5.5): parsed once, bounded, unknown names left out. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.oidc.grants import ClaimsRequest
from idp.oidc.vocabulary import PERSON_CLAIMS

_LONGEST = 8 * 1024
_MOST_CLAIMS = 50
_MOST_VALUES = 20


@dataclass(frozen=True, slots=True)
class ClaimsParameter:
    """What the parameter asks for.

    Attributes:
        names: person claims by where they are wanted.
        acr_values: what `acr` may be, in order of preference.
        acr_essential: whether it must be one of these, or the request fails (§5.5.1.1).
        subject: the one `sub` that may answer.
    """

    names: ClaimsRequest = field(default_factory=ClaimsRequest)
    acr_values: tuple[str, ...] = ()
    acr_essential: bool = False
    subject: str | None = None


def parse_claims(text: str) -> ClaimsParameter | None:
    """Return what the parameter asks for, None if it is not well-formed; "" asks for nothing."""
    if not text:
        return ClaimsParameter()
    try:
        value = json.loads(text) if len(text) <= _LONGEST else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    userinfo, id_token = _members(value.get("userinfo")), _members(value.get("id_token"))
    if userinfo is None or id_token is None:
        return None
    acr = id_token.get("acr") or {}
    acr_values = _values(acr)
    subjects = {one for members in (userinfo, id_token) for one in _values(members.get("sub") or {})}
    if len(subjects) > 1:
        return None
    return ClaimsParameter(
        names=ClaimsRequest(_person_claims(userinfo), _person_claims(id_token)),
        acr_values=acr_values,
        acr_essential=acr.get("essential") is True and bool(acr_values),
        subject=next(iter(subjects), None),
    )


Members = Mapping[str, Mapping[str, object]]


def _members(value: object) -> Members | None:
    """Return a member of the parameter: claim names to what is asked of each (null asks for the plain claim)."""
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > _MOST_CLAIMS:
        return None
    if not all(one is None or isinstance(one, dict) for one in value.values()):
        return None
    return {name: one or {} for name, one in value.items()}


def _values(asked: Mapping[str, object]) -> tuple[str, ...]:
    listed = asked.get("values")
    found = listed if isinstance(listed, list) else [asked.get("value")]
    return tuple(one for one in found[:_MOST_VALUES] if isinstance(one, str))


def _person_claims(members: Members) -> tuple[str, ...]:
    return tuple(name for name in PERSON_CLAIMS if name in members)
