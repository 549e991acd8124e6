"""Schemathesis on a running system: its command line, once for each service, and what it found as text."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.system import ROOT, System

ASKING = [str(Path(sys.executable).parent / "st"), "--config-file", str(Path(__file__).parent / "schemathesis.toml")]


def fuzz(system: System, service: str, arguments: Sequence[str] = (), *, seed: int = 1) -> "subprocess.Popen[str]":
    """Begun, and not awaited: two services may be asked at once. What it says is its standard output."""
    asked = ["run", f"{system.urls[service]}/openapi.json", "--no-color", "--seed", str(seed)]
    token = ["--header", f"Authorization: Bearer {system.token}"]
    return subprocess.Popen(  # noqa: S603  # our own command
        [*ASKING, *asked, *token, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=system.environment | {"PYTHONPATH": str(ROOT)},
    )
