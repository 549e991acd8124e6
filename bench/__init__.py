"""What is claimed about speed, measured side by side on one machine: `python -m bench` writes `RESULTS.md`."""
