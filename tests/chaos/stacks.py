"""The systems that chaos runs on, each with a real mail server as a process of its own: what can be killed, by name.

An orchestrator starts again whatever is dead; the broker too.
"""

import asyncio
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, Signals

from tests.e2e.system import Process, System, local, running, scaled
from tests.real.kafka import Broker
from tests.real.nursery import Nursery
from tests.real.ports import free_ports

BROKER, SMTP = "broker", "smtp"
LOOK_SECONDS = 0.05
SENDS_AT_ONCE = 8  # mails that one process has under way, see services/campaign_svc/delivery/dispatch.py
GROUP_OPTIONS = "session_timeout_ms=6000&heartbeat_interval_ms=1000"


@dataclass
class Stack:
    """`senders` are the processes that hand over mail, `importers` those that store files."""

    system: System
    mail_log: Path
    mail: Process
    senders: frozenset[str]
    importers: frozenset[str]
    broker: Broker | None = None
    killed: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    """Processes that ended although nobody had killed them."""
    _turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """What is being killed is not started at the same time."""

    @property
    def targets(self) -> list[str]:
        """Where one process does all the work it has its turn more often than the mail server."""
        processes = list(self.system.processes) * (3 if len(self.system.processes) == 1 else 1)
        return [*processes, *([BROKER] if self.broker else []), SMTP]

    @property
    def most_unknown(self) -> int:
        """What can have been under way at the kills: of a sender its own mails, of the mail server those of all."""
        kills = sum(self.killed[name] for name in self.senders)
        return SENDS_AT_ONCE * (kills + self.killed[SMTP] * len(self.senders))

    async def kill(self, target: str, how: Signals) -> None:
        """As soon as it is at work: who kills what still starts, again and again, finds out nothing."""
        while not self._at_work(target):  # noqa: ASYNC110  (another process sets no Event of ours)
            await asyncio.sleep(LOOK_SECONDS)
        async with self._turns[target]:
            self.killed[target] += 1
            if target == BROKER and self.broker:
                await asyncio.to_thread(self.broker.kill)
            else:
                await asyncio.to_thread(self._process(target).kill, how)

    async def kill_importers(self) -> None:
        await asyncio.gather(*(self.kill(name, SIGKILL) for name in sorted(self.importers)))

    async def keep_alive(self) -> None:
        """Start again whatever is dead, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for target in dict.fromkeys(self.targets):
                group.create_task(self._keep_alive(target))

    async def _keep_alive(self, target: str) -> None:
        seen = 0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            async with self._turns[target]:
                if self._alive(target):
                    continue
                self.ended[target] += self.killed[target] == seen
                seen = self.killed[target]
                if target == BROKER and self.broker:
                    with suppress(RuntimeError):  # it was not ready in time: it is dead again, and started again
                        await asyncio.to_thread(self.broker.start)
                else:
                    self._process(target).start()

    def _at_work(self, target: str) -> bool:
        return self._alive(target) and (target == BROKER or self._process(target).at_work)

    def _alive(self, target: str) -> bool:
        if target == BROKER and self.broker:
            return self.broker.alive
        return self._process(target).alive

    def _process(self, target: str) -> Process:
        return self.mail if target == SMTP else self.system.processes[target]


@contextmanager
def embedded(folder: Path, program: str = "services", **settings: str) -> Iterator[Stack]:
    """`rainmaker serve` as it comes, but for the mail server. `program` is a module that is run in its place."""
    with born_in(None, folder, program, settings) as stack:
        yield stack


@contextmanager
def born_in(births: Nursery | None, folder: Path, program: str, settings: Mapping[str, str]) -> Iterator[Stack]:
    """The same, also when it starts for the first time, out of a nursery."""
    with _mail_server(folder) as (mail, url, log):
        system = local(folder, SMTP_URL=url, **settings)
        run_as(system, program)
        system.processes["serve"].nursery = births
        with running(system):
            yield Stack(system, log, mail, frozenset({"serve"}), frozenset({"serve"}))


def run_as(system: System, program: str) -> None:
    """From its next start on, a local system is this module instead of `services`."""
    serve = system.processes["serve"]
    serve.command = [*serve.command[:2], program, *serve.command[3:]]


@contextmanager
def nine_processes(folder: Path, database_url: str, broker: Broker) -> Iterator[Stack]:
    """For each service one `api` and two `worker`s, on PostgreSQL and Kafka."""
    with _mail_server(folder) as (mail, url, log):
        system = scaled(folder, database_url, f"{broker.url}?{GROUP_OPTIONS}", SMTP_URL=url)
        with running(system):
            yield Stack(system, log, mail, _workers_of(system, "campaign"), _workers_of(system, "customer"), broker)


def _workers_of(system: System, service: str) -> frozenset[str]:
    return frozenset(name for name in system.processes if name.startswith(f"{service}-worker"))


@contextmanager
def _mail_server(folder: Path) -> Iterator[tuple[Process, str, Path]]:
    port, log = free_ports(1), folder / "mails.jsonl"
    command = [sys.executable, "-m", "tests.real.smtp", "--port", str(port), "--log", str(log)]
    mail = Process(command, {}, folder / "smtp.log")
    with ExitStack() as stack:
        stack.callback(lambda: mail.alive and mail.kill())
        mail.start()
        yield mail, f"smtp://127.0.0.1:{port}", log
