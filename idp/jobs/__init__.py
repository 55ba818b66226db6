"""What happens without a request: leases, the outbox's dispatcher, the clock. Knows no protocol and no SQL."""
