"""Keeps facts for past days, as the job does, in the transaction of the test."""

from idp.storage import archive


def keep(connection, now) -> int:
    """Keep what changed among everybody; return how many accounts."""
    archive.keep_catalogue(connection, now)
    count, after = 0, ""
    while True:
        found = archive.changes_after(connection, after, now)
        count += archive.keep_changes(connection, found)
        after = found.last
        if not after:
            return count
