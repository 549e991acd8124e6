"""The documents that are kept in `docs/api`: what the services say of themselves now, and what they said when it was
last released, by which a break is told from a change.

`make api-docs` writes the first; `make api-release` makes them the second, and refuses where that would hide a break.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from services import of_name
from shared.settings import SERVICES
from shared.telemetry import logs
from tests.contracts.breaking import breaks

ROOT = Path(__file__).parents[2]
CURRENT = ROOT / "docs" / "api"
RELEASED = CURRENT / "released"
CHANGELOG = ROOT / "CHANGELOG.md"

Documents = Mapping[str, Any]
"""By file name: `customer.openapi.json`."""


async def documents() -> dict[str, Any]:
    """What the code says, asked as anybody would: in a process where nothing else has registered facts."""
    return {
        f"{name}.{kind}.json": await _asked(name, f"/{kind}.json")
        for name in SERVICES
        for kind in ("openapi", "asyncapi")
    }


async def _asked(service: str, path: str) -> Any:
    transport = httpx.ASGITransport(of_name(service).app())
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return (await client.get(path)).raise_for_status().json()


def read(folder: Path) -> dict[str, Any]:
    return {path.name: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def write(found: Documents, folder: Path) -> list[str]:
    """The names of the files that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {name: json.dumps(document, indent=1, ensure_ascii=False) + "\n" for name, document in found.items()}
    for path in folder.glob("*.json"):
        if path.name not in texts:
            path.unlink()
    changed = [name for name, text in texts.items() if not _holds(folder / name, text)]
    for name in changed:
        (folder / name).write_text(texts[name])
    return changed


def broken(old: Documents, new: Documents) -> list[str]:
    """What `new` breaks for those who rely on `old`."""
    return [
        f"{name.split('.')[0]}: {said}"
        for name, document in old.items()
        for said in (breaks(document, new[name]) if name in new else [f"{name}: gone"])
    ]


def unsaid(found: list[str], changelog: str) -> list[str]:
    """The breaks that no item of the changelog with the word Breaking names: by the operation, or by the parameter of
    whatever operation."""
    told = [item for item in changelog.split("\n* ") if "Breaking" in item]
    return [one for one in found if not any(f"`{name}`" in item for item in told for name in one.split(": ")[1:3])]


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


def release(now: Documents) -> int:
    meant = unsaid(broken(read(RELEASED), now), CHANGELOG.read_text())
    for one in meant:
        print(f"breaks {one}")
    if meant:
        print(f"{len(meant)} breaks. Mend them; or, where one is meant, say in CHANGELOG.md: * Breaking: `<name>` ...")
        return 1
    return _told(write(now, RELEASED))


def _told(changed: list[str]) -> int:
    print("\n".join(f"wrote {name}" for name in changed) or "nothing changed")
    return 0


def main(command: str) -> int:
    logs.configure(format="text", level="warning")  # on standard output stand the documents alone
    now = asyncio.run(documents())
    if command == "release":
        return release(now)
    if command == "print":
        print(json.dumps(now))
        return 0
    return _told(write(now, CURRENT))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
