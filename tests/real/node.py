"""What the tests need of Node: packages as `tests/node/package-lock.json` pins them, installed once into the cache.

Raises `NodeMissing`, with the reason, where they cannot be had.
"""

import fcntl
import hashlib
import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from tests.real.kafka_parts import cache_folder

PINNED = Path(__file__).parents[1] / "node"
OLDEST_NODE = 18
INSTALL = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
INSTALL_SECONDS = 300


class NodeMissing(Exception):
    """No Node, or not its packages, can be had on this machine; the text says what would change that."""


def diagnostics(document: Any, program: str) -> list[dict[str, Any]]:
    """What `parse.mjs` (the official AsyncAPI parser) or `lint.mjs` (Spectral) says; severity 0 is an error."""
    command = ["node", program]
    done = subprocess.run(  # noqa: S603  # our own command
        command, cwd=modules(), input=json.dumps(document).encode(), capture_output=True, timeout=120, check=False
    )
    if done.returncode:
        raise AssertionError(f"{program} ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
    return list(json.loads(done.stdout))


@cache
def modules() -> Path:
    """The folder that has `node_modules`; the first process to ask fills it, others wait for it."""
    _look_for_node()
    parts = [(PINNED / name).read_bytes() for name in ("package.json", "package-lock.json", "parse.mjs", "lint.mjs")]
    home = cache_folder() / "node" / hashlib.sha256(b"".join(parts)).hexdigest()[:16]
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "installed").exists():
            _install(home)
    return home / "installed"


def _look_for_node() -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        raise NodeMissing(f"The AsyncAPI parser and Spectral need Node {OLDEST_NODE} or newer with npm on PATH.")
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S607
    number = re.match(r"v(\d+)", said)
    if not number or int(number[1]) < OLDEST_NODE:
        raise NodeMissing(
            f"The AsyncAPI parser and Spectral need Node {OLDEST_NODE} or newer, and this is {said.strip()}."
        )


def _install(home: Path) -> None:
    """The rename comes last: a folder named `installed` is always complete."""
    fresh = home / "fetched"
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(PINNED, fresh)
    try:
        done = subprocess.run(INSTALL, cwd=fresh, capture_output=True, timeout=INSTALL_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise NodeMissing(f"npm did not bring the packages within {INSTALL_SECONDS} s.") from None
    if done.returncode:
        raise NodeMissing(f"npm could not bring the packages: {done.stderr.decode()[-500:].strip()}")
    fresh.rename(home / "installed")
