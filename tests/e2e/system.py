"""A whole system of real processes that tests start, ask, kill and stop.

`local` is `rainmaker serve`: one process. `scaled` is nine: for each service one `api` and two `worker`s, on PostgreSQL
and Kafka. Both are driven by the commands and settings that the README names, and by nothing else.
"""

import base64
import os
import secrets
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.demo.careful import Careful
from tests.real.nursery import Born, Nursery
from tests.real.ports import free_ports

ROOT = Path(__file__).parents[2]
SERVICES = ("customer", "campaign", "analytics")
READY_SECONDS = 180.0
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients: by themselves they read all authorities of the world from the disk, each for 30 ms."""


@dataclass
class Process:
    """One process: how it is started, and where its log goes."""

    command: list[str]
    environment: dict[str, str]
    log: Path
    probe: str = ""
    """An address that answers 200 once it is ready; without one it is taken to be."""
    folder: Path = ROOT
    """Where it starts."""
    running: "subprocess.Popen[bytes] | Born | None" = None
    logged_before: int = 0
    """Bytes of its log that are of former starts."""
    nursery: Nursery | None = None
    """Where it is born, if not by itself."""

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.logged_before = log.tell()
            if self.nursery:
                self.running = self.nursery.start(self.command, self.environment, self.log)
                return
            self.running = subprocess.Popen(  # noqa: S603  # our own command
                self.command, cwd=self.folder, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, how: signal.Signals = signal.SIGKILL) -> int:
        """Send the signal and wait for the end; the exit code."""
        assert self.running is not None
        self.running.send_signal(how)
        return self.running.wait(timeout=120)

    @property
    def alive(self) -> bool:
        return self.running is not None and self.running.poll() is None

    @property
    def at_work(self) -> bool:
        """Alive, and past its first line of log."""
        return self.alive and self.log.stat().st_size > self.logged_before

    def wait_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while self.probe and not _answers(self.probe):
            if not self.alive or time.monotonic() > until:
                raise AssertionError(f"{self.command[1:]} is not ready; its log ends:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)


@dataclass
class System:
    """The processes by name, the addresses of the three services, and a token for everything."""

    processes: dict[str, Process]
    urls: dict[str, str]
    data: Path
    environment: dict[str, str]
    token: str = ""
    logs: list[Path] = field(default_factory=list)

    def start(self) -> None:
        for process in self.processes.values():
            process.start()
        for process in self.processes.values():
            process.wait_ready()
        self.token = self.token or self._token()

    def stop(self) -> dict[str, int]:
        """SIGTERM to all that run, once, and their exit codes."""
        alive = {name: process.running for name, process in self.processes.items() if process.alive and process.running}
        for running in alive.values():
            running.terminate()
        return {name: running.wait(timeout=120) for name, running in alive.items()}

    def kill_all(self) -> None:
        for process in self.processes.values():
            if process.alive:
                process.kill()

    def client(self, service: str, **options: object) -> httpx.AsyncClient:
        """One that comes again after a 503, unless it is given another `transport`."""
        usual = {
            "headers": {"Authorization": f"Bearer {self.token}"},
            "timeout": 90.0,
            "transport": Careful(verify=NO_TLS),
        }
        return httpx.AsyncClient(base_url=self.urls[service], **usual | options)  # type: ignore[arg-type]

    @property
    def mailbox(self) -> Path:
        return self.data / "mailbox"

    def _token(self) -> str:
        return _said("services", "token", "--data", str(self.data), environment=self.environment)


def bare() -> httpx.AsyncHTTPTransport:
    """For clients that note each refusal."""
    return httpx.AsyncHTTPTransport(verify=NO_TLS)


@contextmanager
def running(system: System) -> Iterator[System]:
    """Started, and gone afterwards whatever happens."""
    try:
        system.start()
        yield system
    finally:
        system.kill_all()


def local(folder: Path, **settings: str) -> System:
    """`rainmaker serve` in a new data folder; `settings` are environment variables."""
    base = free_ports() - 1
    data, environment = folder / "data", _environment(settings)
    command = [sys.executable, "-m", "services", "serve", "--port-base", str(base), "--data", str(data)]
    urls = {name: f"http://127.0.0.1:{base + 1 + place}" for place, name in enumerate(SERVICES)}
    process = Process(command, environment, folder / "serve.log", probe=f"{urls['analytics']}/readyz")
    return System({"serve": process}, urls, data, environment)


def scaled(
    folder: Path, database_url: str, bus_url: str, *, workers: int = 2, home: Path | str = ROOT, **settings: str
) -> System:
    """One `api` and some `worker`s of each service. Migrates and makes the topics first, as ops would.

    `home` is the folder whose code runs: that of another version, say.
    """
    first, home = free_ports(), Path(home)
    urls = {name: f"http://127.0.0.1:{first + place}" for place, name in enumerate(SERVICES)}
    environment = _environment(scaled_secrets() | settings | {"DATABASE_URL": database_url, "BUS_URL": bus_url})
    environment["RAINMAKER_KEYS_URL"] = database_url.replace("{service}", "keys")
    environment["RAINMAKER_DATA"] = str(folder / "data")
    environment |= {f"RAINMAKER_{name.upper()}_URL": url for name, url in urls.items()}
    processes = {}
    with ThreadPoolExecutor() as at_once:  # each command spends seconds on imports
        steps = [(f"services.{name}_svc", step) for name in SERVICES for step in ("migrate", "topics")]
        list(at_once.map(lambda command: _said(*command, environment=environment, home=home), steps))
    for name in SERVICES:
        program = [sys.executable, "-m", f"services.{name}_svc"]
        port = urls[name].rpartition(":")[2]
        processes[f"{name}-api"] = Process(
            [*program, "api", "--port", port],
            environment,
            folder / f"{name}-api.log",
            f"{urls[name]}/readyz",
            folder=home,
        )
        for number in range(1, workers + 1):
            process_name = f"{name}-worker-{number}"
            log = folder / f"{process_name}.log"
            processes[process_name] = Process([*program, "worker"], environment, log, folder=home)
    return System(processes, urls, folder / "data", environment)


def _said(module: str, *arguments: str, environment: dict[str, str], home: Path = ROOT) -> str:
    """What one of our commands prints."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 0, f"{command[1:]} ended with {done.returncode}: {done.stderr}"
    return done.stdout.strip()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=60.0, trust_env=False, verify=NO_TLS).status_code == 200
    except httpx.TransportError:
        return False


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Ours, without the settings of whoever runs the tests."""
    own = ("RAINMAKER_", "DATABASE_URL", "BUS_URL", "SMTP_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)} | dict(settings)


def scaled_secrets() -> dict[str, str]:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "RAINMAKER_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "RAINMAKER_SIGNING_KEY": pem,
        "RAINMAKER_MAIL_FROM": "Rainmaker <hello@rainmaker.example>",
    }
