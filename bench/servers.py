"""The servers under load, each a process with databases of its own, and one stretch of load on one of them."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.machine import cpu_of
from bench.serve import service_of
from shared.access.tokens import Tokens
from tests.e2e.system import ROOT, Process, _environment, scaled_secrets
from tests.fixtures import create_tables
from tests.real.ports import free_ports

LOAD_SECONDS = 60.0


@dataclass(frozen=True)
class Address:
    """What is asked for, of which service, and what one must hold for it."""

    service: str
    path: str
    scopes: tuple[str, ...]


LEADS = Address("customer", "/v1/leads", ("leads:write",))


@dataclass(frozen=True)
class Sample:
    """What one stretch of load found; times in milliseconds, processor time of the server in microseconds a row."""

    rate: float
    p50: float
    p99: float
    cpu: float


@dataclass(frozen=True)
class Target:
    """A server that runs."""

    process: Process
    port: int
    token: str
    path: str = LEADS.path

    @property
    def pid(self) -> int:
        assert self.process.running is not None
        return self.process.running.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def load(self, seconds: float, *, rows: int = 0, connections: int = 64) -> Sample:
        """So many callers for so long. Anything but 200 and 201 ends the benchmark: it would measure refusals."""
        before = cpu_of([self.pid])
        options = {"seconds": seconds, "connections": connections, "rows": rows, "token": self.token}
        seen = generated(self.port, f"{self.path}:batch" if rows else self.path, **options)
        if unexpected := set(seen["statuses"]) - {"200", "201"}:
            raise SystemExit(f"bench: answers {unexpected} from {self.process.command}; see {self.process.log}")
        cpu = (cpu_of([self.pid]) - before) / (seen["sent"] * (rows or 1)) * 1e6
        return Sample(seen["rate"] * (rows or 1), seen["p50"], seen["p99"], cpu)


def generated(port: int, path: str, **options: object) -> Any:
    """What the load generator reports."""
    command = [sys.executable, "-m", "bench.load", str(port), "--path", path]
    command += [part for name, value in options.items() for part in (f"--{name}", str(value))]
    done = subprocess.run(  # noqa: S603  # our own command
        command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=LOAD_SECONDS
    )
    return json.loads(done.stdout)


@contextmanager
def serving(
    kinds: Sequence[str], database_url: Callable[[Path], str], address: Address = LEADS
) -> Iterator[dict[str, Target]]:
    """One server of each kind (`bench.serve`), each on databases of its own; tables that are there are kept."""
    secrets = scaled_secrets()
    token = Tokens(secrets["RAINMAKER_SIGNING_KEY"]).issue("user:bench", list(address.scopes), 3_600)
    first = free_ports(len(kinds))
    with ExitStack() as closing:
        targets: dict[str, Target] = {}
        for port, kind in enumerate(kinds, first):
            folder = Path(closing.enter_context(TemporaryDirectory(prefix="rainmaker-bench-")))
            settings = secrets | _addresses(address.service, database_url(folder), folder)
            process = _process([kind, address.service, str(port)], folder, settings)
            closing.callback(_end, process)
            process.start()
            targets[kind] = Target(process, port, token, address.path)
        for target in targets.values():
            target.process.wait_ready()
        yield targets


def _addresses(service: str, url: str, folder: Path) -> dict[str, str]:
    """Nobody is at home at the sibling's address: nothing that is measured here asks it."""
    create_tables(url.replace("{service}", service), service_of(service).tables)
    return {
        "DATABASE_URL": url,
        "BUS_URL": f"sqlite:///{folder}/bus.db",
        "SMTP_URL": f"file://{folder}/mailbox",
        "RAINMAKER_KEYS_URL": url.replace("{service}", "keys"),
        "RAINMAKER_CUSTOMER_URL": "http://127.0.0.1:9",
        "RAINMAKER_DATA": str(folder),
    }


def _process(arguments: Sequence[str], folder: Path, settings: dict[str, str]) -> Process:
    command = [sys.executable, "-m", "bench.serve", *arguments]
    return Process(command, _environment(settings), folder / "log", probe=f"http://127.0.0.1:{arguments[-1]}/livez")


def _end(process: Process) -> None:
    if process.alive:
        process.kill()
