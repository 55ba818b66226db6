"""Reads the tables of names: words in a text, which is how they are easiest to read and to change."""


def words(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(text.split())
