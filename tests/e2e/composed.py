"""The system of docker-compose.yml, as plain processes: its commands, its settings, its secrets, its roles.

Only addresses are others, as there are no containers. Each process starts in a folder that holds what the Dockerfile
copies and that cannot be written, and, where the tests run as root, without a single capability.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.deploy.compose import OURS, Compose, Unit, clean_environment
from tests.deploy.dockerfile import Dockerfile
from tests.e2e.system import Process, System
from tests.real.ports import free_ports

COPIES = {"api": 1, "worker": 2}
"""Of each service: the workers as `--scale` makes them."""


def composed(folder: Path, secrets: Path, hosts: Mapping[str, str], **settings: str) -> System:
    """Not yet started; the one-shot containers' own commands have migrated the databases and made the topics.

    `hosts` says where on this machine is what the file calls `postgres:5432` and `kafka:9092`.
    """
    compose, place = Compose.read(), Place(folder, secrets, hosts, settings)
    for name in OURS:
        Dockerfile.read().laid_out(name, place.image(name))
    with ThreadPoolExecutor() as at_once:  # each command spends seconds on imports
        list(at_once.map(place.run, (unit for unit in compose.units.values() if unit.once)))
    return place.system(compose)


class Place:
    """Where on this machine is what the containers have: folders, secrets, addresses."""

    def __init__(self, folder: Path, secrets: Path, hosts: Mapping[str, str], settings: Mapping[str, str]) -> None:
        self._folder, self._secrets, self._settings = folder, secrets, settings
        self._ports = iter(range(first := free_ports(len(OURS) * 3), first + len(OURS) * 3))
        self._apis = {f"{name}-api": next(self._ports) for name in OURS}
        mailbox = {"file:///mailbox": f"file://{folder}/data/mailbox"}
        self._here = {**hosts, **mailbox} | {f"{name}:8000": f"127.0.0.1:{port}" for name, port in self._apis.items()}

    def image(self, name: str) -> Path:
        return self._folder / "images" / name

    def run(self, unit: Unit) -> None:
        """One that ends by itself, and must end well."""
        done = subprocess.run(  # noqa: S603
            _program(unit), env=self._environment(unit), cwd=self.image(unit.ours), capture_output=True, text=True
        )
        assert done.returncode == 0, f"{unit.name} ended with {done.returncode}: {done.stderr}"

    def system(self, compose: Compose) -> System:
        (self._folder / "data" / "mailbox").mkdir(parents=True)
        staying = [unit for unit in compose.running() if unit.ours]
        processes = {
            f"{unit.name}-{number}": self._process(unit, number)
            for unit in staying
            for number in range(1, COPIES[unit.command[1]] + 1)
        }
        urls = {name: f"http://127.0.0.1:{self._apis[f'{name}-api']}" for name in OURS}
        return System(processes, urls, self._folder / "data", self._environment(compose.units["customer-api"]))

    def _process(self, unit: Unit, number: int) -> Process:
        port = self._apis.get(unit.name) or next(self._ports)
        here = {"8000": str(port), "0.0.0.0": "127.0.0.1"}  # noqa: S104
        command = [here.get(word, word) for word in _program(unit)]
        log = self._folder / f"{unit.name}-{number}.log"
        probe = f"http://127.0.0.1:{port}/readyz"
        return Process(command, self._environment(unit), log, probe, folder=self.image(unit.ours))

    def _environment(self, unit: Unit) -> dict[str, str]:
        mounted = str(self._mounted(unit))
        given = {name: self._at(value).replace("/run/secrets", mounted) for name, value in unit.environment.items()}
        return clean_environment() | {"PYTHONDONTWRITEBYTECODE": "1"} | given | dict(self._settings)

    def _mounted(self, unit: Unit) -> Path:
        """The secrets that this container is given, and no other."""
        mounted = self._folder / "mounted" / unit.name
        mounted.mkdir(parents=True, exist_ok=True)
        for target, source in unit.secrets.items():
            (mounted / target).write_text(self._at((self._secrets / source).read_text()))
        return mounted

    def _at(self, value: str) -> str:
        for there, here in self._here.items():
            value = value.replace(there, here)
        return value


def _program(unit: Unit) -> list[str]:
    python, *flags = Dockerfile.read().entrypoint
    assert python == "python"
    return [*_without_capabilities(), sys.executable, *flags, *unit.command]


def _without_capabilities() -> list[str]:
    """As `cap_drop: [ALL]` and `no-new-privileges` leave a process."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return []
    return ["setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
