"""The headers that every answer carries (statements B2, B3)."""

from collections.abc import Iterable

RawHeaders = list[tuple[bytes, bytes]]

_FEATURES = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")


def content_security_policy(form_targets: Iterable[str] = (), *, script: bool = False) -> str:
    """Return the policy of a page: our own style, our own pictures, nothing inline, no script at all.

    With `script` the page may load our own files and ask our own pages, and still nothing inline: passkeys cannot do
    without, and people are found while somebody types.

    A form that is answered by a redirect to another origin is blocked unless `form-action` lists that
    origin as well; `form_targets` are the origins that wait at the end of a sign-in.
    """
    targets = " ".join(["'self'", *form_targets])
    scripts = "script-src 'self'; connect-src 'self'; " if script else ""
    return (
        f"default-src 'none'; {scripts}style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"form-action {targets}; frame-ancestors 'none'"
    )


def standing_headers(*, https: bool) -> RawHeaders:
    """Return what is added to every answer that does not say otherwise itself."""
    headers = [
        (b"content-security-policy", content_security_policy().encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"permissions-policy", ", ".join(f"{name}=()" for name in _FEATURES).encode("ascii")),
        (b"cache-control", b"no-store"),
    ]
    if https:
        # RFC 6797; without includeSubDomains, for the municipality's other hosts are not ours to bind.
        headers.append((b"strict-transport-security", b"max-age=63072000"))
    return headers


def completed(own: Iterable[tuple[bytes, bytes]], standing: RawHeaders) -> RawHeaders:
    """Return an answer's `own` headers with the standing ones that it does not set itself."""
    result = list(own)
    names = {name.lower() for name, _ in result}
    result += [pair for pair in standing if pair[0] not in names]
    return result
