"""Figures for a collector: how each directory, the outbox, the jobs and sign-in are doing. Changes nothing."""
