"""The demo's start page: addresses, who to sign in as, and where the visitor is."""
