"""The `portvakt` command: one file per noun, each loaded only when it is called.

A command parses, runs one use case and prints. It decides nothing, and an error is one line and exit code 1.
"""
