"""Chaos: kill everything again and again under load, then count, believing nobody but the load's own ledger."""
