"""Ekvik kommun: a Swedish municipality that does not exist, and a real slapd to hold it."""
