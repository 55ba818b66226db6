"""The administration: an overview, and people with their accounts and sessions."""
