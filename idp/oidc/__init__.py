"""OpenID Connect provider: authorization code, tokens, sign-out, and everything that speaks to relying parties.

Owns clients, grants, tokens and consents. It knows the waist (`domain/authentication.py`) and nothing of
how people prove themselves; sign-in knows nothing of it. The room can be deleted whole.
"""
