"""A client's registration as a form and back; what is wrong is said field by field, in words that follow "expected"."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from idp.oidc.clients import AuthMethod, Registration
from idp.oidc.registration_rules import (
    jwks_text,
    wrong_with_jwks,
    wrong_with_redirect_uri,
    wrong_with_web_address,
)
from idp.oidc.vocabulary import EMAIL, OFFLINE_ACCESS, OPENID, PROFILE, SCOPES
from idp.web.forms import Form
from idp.web.marking import mark
from idp.web.typed import Typed, Wrong

_LONGEST = 4000
_LONGEST_VALUE = 200
#: How long a family of refresh tokens lives for a system that an administrator connects on a page.
_REFRESH = timedelta(days=30)
_AN_ADDRESS = mark("at least one address")
_A_METHOD = mark("one of the ways that are listed")
_JSON = mark("a JWK Set that can be read")
METHODS = tuple(AuthMethod)
#: What is registered of a system before its form is filled in.
FIRST = Registration(redirect_uris=(), scope=(OPENID, PROFILE, EMAIL), first_party=True)


def typed_of(registration: Registration) -> Mapping[str, str]:
    """Return a registration as the form's fields hold it."""
    return {
        "method": registration.token_endpoint_auth_method.value,
        "redirect_uris": "\n".join(registration.redirect_uris),
        "post_logout_redirect_uris": "\n".join(registration.post_logout_redirect_uris),
        "backchannel_logout_uri": registration.backchannel_logout_uri,
        "jwks": registration.jwks,
        "first_party": "yes" if registration.first_party else "",
        **{f"scope_{one}": "yes" if one in registration.scope else "" for one in SCOPES},
    }


def typed(form: Form, before: Registration) -> Typed[Registration]:
    """Return what a form says; what it has no field for stays as it was `before`."""
    fields = {name: form.text(name, _LONGEST) for name in typed_of(before)}
    wrong: list[Wrong] = []
    methods = {one.value: one for one in METHODS}
    if fields["method"] not in methods:
        return Typed(fields, None, (Wrong("method", _A_METHOD, fields["method"][:_LONGEST_VALUE]),))
    method = methods[fields["method"]]
    public = method is AuthMethod.NONE

    def redirect(uri: str) -> str:
        return wrong_with_redirect_uri(uri, public=public)

    uris = _checked(fields, "redirect_uris", redirect, wrong)
    if not uris:
        wrong.append(Wrong("redirect_uris", _AN_ADDRESS))
    logout = fields["backchannel_logout_uri"].strip()
    if logout and (expected := wrong_with_web_address(logout)):
        wrong.append(Wrong("backchannel_logout_uri", expected, logout[:_LONGEST_VALUE]))
    scope = tuple(one for one in SCOPES if one == OPENID or fields[f"scope_{one}"] == "yes")
    offline = OFFLINE_ACCESS in scope
    made = replace(
        before,
        redirect_uris=uris,
        token_endpoint_auth_method=method,
        post_logout_redirect_uris=_checked(fields, "post_logout_redirect_uris", redirect, wrong),
        backchannel_logout_uri=logout,
        jwks=_jwks(fields["jwks"], wrong) if method is AuthMethod.PRIVATE_KEY_JWT else "",
        scope=scope,
        first_party=fields["first_party"] == "yes",
        pkce_exempt=before.pkce_exempt and not public,
        refresh_lifetime=(before.refresh_lifetime or _REFRESH) if offline else None,
    )
    return Typed(fields, None if wrong else made, tuple(wrong))


def keys_of(text: str) -> tuple[str, Wrong | None]:
    """Return a pasted JWK Set, or one key alone, in its one spelling, and what is wrong with it."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict) and "keys" not in found:
        found = {"keys": [found]}
    if not isinstance(found, dict):
        return "", Wrong("jwks", _JSON)
    expected = wrong_with_jwks(found)
    return ("", Wrong("jwks", expected)) if expected else (jwks_text(found), None)


def _jwks(text: str, wrong: list[Wrong]) -> str:
    found, problem = keys_of(text)
    if problem is not None:
        wrong.append(problem)
    return found


def _checked(
    fields: Mapping[str, str], name: str, wrong_with: Callable[[str], str], wrong: list[Wrong]
) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(filter(None, (line.strip() for line in fields[name].splitlines()))))
    wrong += [
        Wrong(name, expected, value[:_LONGEST_VALUE]) for value in values if (expected := wrong_with(value))
    ]
    return values
