"""Who: leads, contacts, their consent and their history."""
