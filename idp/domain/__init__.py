"""What at least two protocols share: people, access, the sign-in journey, sessions, audit.

Knows no framework, no SQL and no protocol. Everything is a plain synchronous function over frozen
values and the small Protocols of `ports.py`; time arrives in an `Occasion`.
"""
