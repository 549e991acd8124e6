"""The kernel: events, bus, database, due work, service. It knows no business."""

VERSION = "0.1.0"
"""Of everything here. In an image it cannot be asked of the installed packages: the project is not one of them."""
