"""The verification API: another system (a legacy VPN, a mainframe) asks whether a code is right for a person.

The asking system is an application like any other: it has an owner, an audience, networks, and a place in the audit
log. The check is `mfa.verify`, with the counters that every other door has. It knows no page, session or journey.
"""
