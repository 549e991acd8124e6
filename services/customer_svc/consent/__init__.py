"""The room `consent`: what a person allows, as a ledger, and who may therefore be written to."""
