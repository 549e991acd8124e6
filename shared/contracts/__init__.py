"""The facts, one module per owner. Pydantic only: what is here is what other systems read."""
