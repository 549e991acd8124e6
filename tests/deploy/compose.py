"""docker-compose.yml as Compose reads it: merged, with its variables put in."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
MAKE_SECRETS = ["sh", str(ROOT / "deploy/compose/secrets.sh")]
OURS = ("customer", "campaign", "analytics")

VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
ONE_SHOT = {"migrate", "topics"}


@dataclass(frozen=True)
class Unit:
    """One service of the file, which is one kind of container."""

    name: str
    given: dict[str, Any]

    @property
    def ours(self) -> str:
        """`customer`, where it is an image of ours; else nothing."""
        return next((name for name in OURS if self.name.startswith(f"{name}-")), "")

    @property
    def once(self) -> bool:
        return self.command[1:2] in [[step] for step in ONE_SHOT]

    @property
    def command(self) -> list[str]:
        return [str(word) for word in self.given.get("command", [])]

    @property
    def environment(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.given.get("environment", {}).items()}

    @property
    def secrets(self) -> dict[str, str]:
        """Where each one is mounted, below /run/secrets, and which of the file's it is."""
        listed = [one if isinstance(one, dict) else {"source": one} for one in self.given.get("secrets", [])]
        return {str(one.get("target", one["source"])): str(one["source"]) for one in listed}

    @property
    def waits_for(self) -> dict[str, str]:
        return {name: how["condition"] for name, how in self.given.get("depends_on", {}).items()}


@dataclass(frozen=True)
class Compose:
    text: str
    whole: dict[str, Any]

    @classmethod
    def read(cls, text: str | None = None) -> "Compose":
        """Of the file as it is, or of another text. Variables have their defaults."""
        text = FILE.read_text() if text is None else text
        return cls(text, yaml.safe_load(VARIABLE.sub(lambda found: found[2] or "", text)))

    @property
    def units(self) -> dict[str, Unit]:
        return {name: Unit(name, given) for name, given in self.whole["services"].items()}

    def running(self) -> Iterator[Unit]:
        """What stays up."""
        yield from (unit for unit in self.units.values() if not unit.once)


def make_secrets(folder: Path) -> Path:
    """What `make secrets` makes, in this folder."""
    subprocess.run(MAKE_SECRETS, cwd=folder, check=True, capture_output=True)  # noqa: S603  our own script
    return folder / "secrets"


def clean_environment() -> dict[str, str]:
    """Ours, without the settings of whoever runs the tests."""
    own = ("RAINMAKER_", "DATABASE_URL", "BUS_URL", "SMTP_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}
