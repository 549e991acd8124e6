"""Golden events: one file for each type and major version, as it once went over the wire; today's classes read it.

`python -m tests.contracts.golden` writes those that are missing, from the example in each class, and never touches one
that is there: an event only grows, so an old file must stay readable.
"""

import importlib
import pkgutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import shared.contracts
from shared.bus import Message
from shared.events import REGISTRY, Event
from shared.events.cloudevents import decode
from shared.events.envelope import CloudEvent
from shared.events.wire import encode

FOLDER = Path(__file__).parent / "golden"
COMMAND = "python -m tests.contracts.golden"
AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
STORED_AT = datetime(2026, 1, 31, 9, 30, 0, 250000, tzinfo=UTC)


def contracts() -> dict[str, type[Event]]:
    """Every fact that `shared/contracts` states, by the name of its golden file."""
    for module in pkgutil.walk_packages(shared.contracts.__path__, "shared.contracts."):
        importlib.import_module(module.name)
    ours = (event for event in REGISTRY.values() if event.__module__.startswith("shared.contracts."))
    return {f"{event.TYPE}.{event.VERSION}": event for event in sorted(ours, key=lambda e: (e.TYPE, e.VERSION))}


def example(event: type[Event]) -> Event:
    """The first example in the class, in an envelope that is always the same."""
    extra = event.model_config.get("json_schema_extra")
    examples: Any = extra.get("examples") if isinstance(extra, dict) else None
    if not examples:
        raise LookupError(f"{event.__name__} needs an example in model_config json_schema_extra: {{'examples': [...]}}")
    envelope = {"id": "evt_01k9q3v7w8e5rtx2m4n6p8q0s9", "sequence": 7, "occurred_at": AT}
    return event.model_validate(envelope | examples[0])


def golden_bytes(event: Event) -> bytes:
    wire = encode(event, cause="evt_01k9q3v7w8e5rtx2m4n6p8q0s8", depth=1, recorded_at=STORED_AT)
    return CloudEvent.from_binary(wire.headers, wire.value, prefix="ce_").structured() + b"\n"


def read_golden(path: Path) -> Event:
    return decode(Message("golden", "", path.read_bytes(), {"content-type": "application/cloudevents+json"}))


def write_missing(folder: Path = FOLDER) -> list[Path]:
    folder.mkdir(exist_ok=True)
    missing = {folder / f"{name}.json": event for name, event in contracts().items()}
    missing = {path: event for path, event in missing.items() if not path.exists()}
    for path, event in missing.items():
        path.write_bytes(golden_bytes(example(event)))
    return list(missing)


if __name__ == "__main__":
    print("\n".join(f"wrote {path}" for path in write_missing()) or "nothing is missing")
