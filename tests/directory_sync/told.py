"""What a feed tells, collected for tests; and how content synchronisation is asked for on the wire."""

from directory_sync.changes import Change, Feed, Gone

PERSIST, REFRESH = b"\x0a\x01\x03", b"\x0a\x01\x01"
"""The mode of a synchronisation request (RFC 4533 §2.2), in which a search is to go on, or not."""


def until_complete(feed: Feed, cookie: str) -> tuple[list[Change], str]:
    """All changes until there are no more for now, and where to go on from."""
    changes: list[Change] = []
    for told in feed.follow(cookie, lambda: False):
        changes += told.changes
        if told.cookie is not None:
            return changes, told.cookie
    raise AssertionError("it ended")


def named(changes: list[Change]) -> dict[str | None, str | None]:
    """What was told, by key: a surname, or None of who is gone."""
    return {
        one.key if isinstance(one, Gone) else one.entry.key: None
        if isinstance(one, Gone)
        else one.entry.first("sn")  # type: ignore[union-attr]  # whoever is broken has no business here
        for one in changes
    }
