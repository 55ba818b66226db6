"""An answer on its way to the client, by redirect or by form (RFC 6749 §4.1.2, OAuth form post response mode)."""

from urllib.parse import urlencode, urlsplit

from idp.oidc.outcomes import Deliver


def location_of(answer: Deliver) -> str:
    """Return the redirect URI with the answer in its query; what was registered stays as it is spelt."""
    return with_query(answer.to.redirect_uri, answer.parameters)


def with_query(uri: str, parameters: tuple[tuple[str, str], ...]) -> str:
    """Return `uri` with more parameters; its own are kept (RFC 6749 §3.1.2)."""
    if not parameters:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(parameters)}"


def origin_of(uri: str) -> str:
    """Return what a Content-Security-Policy has to list for a form that ends at `uri`."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("https", "http") else f"{parts.scheme}:"
