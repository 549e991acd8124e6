"""What the docs say, run."""
