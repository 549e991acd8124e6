"""The system as its users meet it: real processes, HTTP in, follow-ups out."""
