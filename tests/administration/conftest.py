"""The small organisation that tests of use cases work in, on both databases."""

from tests.support.place import place

__all__ = ["place"]
