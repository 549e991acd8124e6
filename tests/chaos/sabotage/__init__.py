"""Twins that break one promise each, by patching the kernel from outside: the product has no flag for any of this."""
