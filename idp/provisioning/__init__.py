"""From plans to accounts: implements `directory_sync`'s sink, keeps runs, checks passwords in directories.

Knows no SQL and no LDAP: rows are behind `ports`, directories behind `directory_sync`.
"""
