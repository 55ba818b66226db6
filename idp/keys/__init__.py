"""Master keys that seal secrets at rest, and the keys that sign tokens. Knows no protocol and no account."""
