"""The kernel: events, bus, database, due work, service. It knows no business."""
