"""What may be registered of a client: addresses, keys and their combinations (statement O17). Pure.

Each function says what is wrong in words that follow "expected", "" if nothing is.
"""

import json
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from idp.oidc.clients import is_loopback
from idp.oidc.jose import VerifyingKey, key_of
from idp.web.marking import mark

_LONGEST_URI = 2048
# RFC 3986 §2 without what a header, a page or a second parser could take otherwise.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[A-Za-z0-9\-._~:/?@!$&'()+,;=%\[\]]+")
_SECRET = re.compile(r"[A-Za-z0-9\-._~]{32,512}")
_LEAST_RSA_BITS = 2048


def wrong_with_web_address(uri: str) -> str:
    """An https URL; http only on this very machine."""
    parts = _parts(uri)
    if parts is None or not parts.hostname or parts.username is not None or parts.fragment or "#" in uri:
        return mark("an https URL without user name and fragment")
    if parts.netloc != parts.netloc.lower() or ".." in parts.path or "\\" in uri:
        return mark("a URL with a lower-case host and no .. in it")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)):
        return ""
    return mark("an https URL (http only for a loopback address)")


def wrong_with_redirect_uri(uri: str, *, public: bool) -> str:
    """A web address, or a native application's own scheme (RFC 8252 §7.1: a domain name of its maker, reversed)."""
    parts = _parts(uri)
    if parts is not None and public and "." in parts.scheme and not parts.fragment and "#" not in uri:
        return ""
    return wrong_with_web_address(uri)


def wrong_with_origin(origin: str) -> str:
    """A browser's origin (RFC 6454 §6.2): scheme, host and port, no more."""
    wrong = wrong_with_web_address(origin)
    parts = _parts(origin)
    return wrong or ("" if parts and not parts.path and not parts.query else "an origin without a path")


def wrong_with_audience(audience: str) -> str:
    """RFC 8707 §2: an absolute URI without a fragment."""
    return "" if _parts(audience) is not None and "#" not in audience else "an absolute URI"


def wrong_with_secret(secret: str) -> str:
    """At least 128 bits, so that a digest of it can be kept; spelt alike in a form and a header."""
    fits = _SECRET.fullmatch(secret) is not None
    return "" if fits else "32 or more random letters, digits and -._~"


def wrong_with_jwks(jwks: Mapping[str, object]) -> str:
    """A JWK Set of public keys that are strong enough (RFC 7518 §3.3, RFC 8725 §3.5)."""
    members = jwks.get("keys")
    if not isinstance(members, list) or not members or not all(isinstance(one, dict) for one in members):
        return mark("a JWK Set with at least one key")
    if any("d" in one or "k" in one for one in members):
        return mark("public keys only: a private or shared one has no place here")
    try:
        keys = [key_of(key) for key in KeySet.import_key_set({"keys": members}).keys]
    except (JoseError, ValueError, TypeError, KeyError):
        return mark("a JWK Set that can be read")
    return next((wrong for key in keys if (wrong := _wrong_with_key(key))), "")


def _wrong_with_key(key: VerifyingKey | None) -> str:
    if key is None:
        return mark("EC or RSA keys")
    if isinstance(key, RSAKey) and key.raw_value.key_size < _LEAST_RSA_BITS:
        return mark("RSA keys of 2048 bits or more")
    weak = isinstance(key, ECKey) and key.curve_name != "P-256"
    return mark("EC keys on the curve P-256") if weak else ""


def jwks_text(jwks: Mapping[str, object]) -> str:
    """Return a JWK Set in one spelling, for comparison and storage."""
    return json.dumps(jwks, sort_keys=True, separators=(",", ":"))


def _parts(uri: str) -> SplitResult | None:
    if len(uri) > _LONGEST_URI or not _URI.fullmatch(uri):
        return None
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 else parts
