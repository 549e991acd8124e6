"""Failpoints: a process dies before and after each commit, send and mark. The product has no flag for any of this."""
