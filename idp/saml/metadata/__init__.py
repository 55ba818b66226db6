"""Metadata: what services publish about themselves, read strictly, and what we publish, signed."""
