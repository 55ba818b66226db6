"""Where a browser may go after sign-in."""

import pytest

from idp.domain.return_path import checked_return_path


@pytest.mark.parametrize("path", ["/", "/sessions", "/oauth2/authorize/continue?request=abc-_.~&x=%2Fy"])
def test_local_paths_pass(path):
    assert checked_return_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
        "javascript:alert(1)", "/%2fevil.example", "/%5Cevil.example", "/a\nb", "/a b", "evil", "/\t/evil",
        "http:///x", "/" + "a" * 3000, "/å", "//user@evil.example", "/%2F%2Fevil",
    ],
)  # fmt: skip
def test_S14_anything_else_is_refused(path):
    with pytest.raises(ValueError, match="path of this server"):
        checked_return_path(path)
