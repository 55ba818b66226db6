"""The place that the tests of messages stand on."""

from tests.support.place import place

__all__ = ["place"]
