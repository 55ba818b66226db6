"""Where a browser goes after sign-in: a path of this server and nothing else (statement S14)."""

import re

# One slash, then anything a URL path, query or fragment may hold unescaped (RFC 3986 §3.3, §3.4), and no
# backslash, control character or second slash that a browser could read as an authority.
_LOCAL = re.compile(r"/(?![/\\])[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]*")
_ESCAPED_SEPARATOR = re.compile(r"^/%(2f|5c)", re.IGNORECASE)
_LONGEST = 2048


def checked_return_path(path: str) -> str:
    """Return `path` if it is a local path; raises ValueError otherwise."""
    if len(path) > _LONGEST or not _LOCAL.fullmatch(path) or _ESCAPED_SEPARATOR.match(path):
        raise ValueError("the return path must be a path of this server")
    return path
