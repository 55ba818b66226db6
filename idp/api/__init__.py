"""The JSON API under /api/v1: operations described once, served, and told to programs as OpenAPI 3.1.

A resource is a file in `resources/` that lists `Operation`s; each parses typed input, asks one use case of the
domain, and returns a typed value. Knows no SQL, no pages and no protocol.
"""
