"""A stop loses no request: nobody's connection is reset, and of what was asked either all is stored and answered or
nothing of it. `make faults` stops a hundred times.
"""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import httpx

from tests.e2e.system import NO_TLS
from tests.eventually import eventually, until
from tests.faults.size import sized
from tests.real.ports import scattered_ports

PROGRAM = """
import sys
from pathlib import Path
from shared.access.tokens import Tokens
from shared.service import serving
from tests.patience import be_patient
from tests.shared.belfry import SCOPES, SIGNING_KEY, belfry, settings_in
be_patient()
serving.LONGEST_REQUEST_SECONDS = 600
print(Tokens(SIGNING_KEY).issue("user:test", SCOPES, 3_600), flush=True)
settings = settings_in(Path(sys.argv[1]), log_level="error")
service = belfry()
service.migrate(settings)
for port in sys.argv[2:]:  # stopped at one port it goes on at the next, which spares the test ten starts of Python
    serving.run(serving.serve([(service.app(lambda: settings), serving.listener("127.0.0.1", int(port)))]))
"""

STOPS = sized(quick=10, full=100)
SIGNALS = (signal.SIGTERM, signal.SIGINT)
CLIENTS, BUSY = 16, 30


@contextmanager
def serving(folder: Path, ports: list[int]) -> Iterator["subprocess.Popen[bytes]"]:
    """Its first line of output is a token for it."""
    command = [sys.executable, "-c", PROGRAM, str(folder), *map(str, ports)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE) as process:  # noqa: S603 - this interpreter
        try:
            yield process
        finally:
            process.kill()


async def answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient(verify=NO_TLS) as client:
            return (await client.get(f"{url}/livez")).status_code == 200
    except httpx.TransportError:
        return False


class Load:
    """Clients that write as fast as they are answered: half keep their connection, half open a new one each time."""

    def __init__(self, token: str) -> None:
        self._headers = {"Authorization": f"Bearer {token}"}
        self._names = map("bell-{}".format, count())
        self.answered: set[str] = set()

    async def until_refused(self, url: str, outcomes: Counter[str], keep: bool) -> None:
        limits = httpx.Limits(max_keepalive_connections=1 if keep else 0)
        async with httpx.AsyncClient(limits=limits, timeout=60, verify=NO_TLS, headers=self._headers) as client:
            while not outcomes["refused"]:
                bell = next(self._names)
                try:
                    answer = await client.put(f"{url}/v1/bells/{bell}")
                    outcomes[str(answer.status_code)] += 1
                    self.answered |= {bell} if answer.status_code == 200 else set()
                except httpx.ConnectError:
                    outcomes["refused"] += 1  # nobody listens any more: nothing was begun, so nothing was lost
                except httpx.TransportError as error:
                    outcomes[type(error).__name__] += 1


async def test_a_stop_under_load_resets_no_connection_and_stores_what_it_answers_and_nothing_else(
    tmp_path: Path,
) -> None:
    ports = scattered_ports(STOPS)
    with serving(tmp_path, ports) as process:
        load = Load(await asyncio.to_thread(first_line, process))
        for number, port in enumerate(ports):
            outcomes = await stopped_under(load, process, f"http://127.0.0.1:{port}", SIGNALS[number % 2])
            assert set(outcomes) == {"200", "refused"}, outcomes
        code = await asyncio.to_thread(process.wait, 90)
    assert code == 0
    assert stored(tmp_path) ^ load.answered == set()


async def stopped_under(load: Load, process: "subprocess.Popen[bytes]", url: str, how: signal.Signals) -> Counter[str]:
    await eventually(lambda: answers(url), seconds=120)
    outcomes = Counter[str]()
    clients = [
        asyncio.create_task(load.until_refused(url, outcomes, keep=bool(number % 2))) for number in range(CLIENTS)
    ]
    await until(lambda: outcomes["200"] > BUSY)
    process.send_signal(how)
    await asyncio.wait_for(asyncio.gather(*clients), 90)
    return outcomes


def first_line(process: "subprocess.Popen[bytes]") -> str:
    assert process.stdout
    return process.stdout.readline().decode().strip()


def stored(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "test.db")) as database:
        return {bell for (bell,) in database.execute("SELECT bell FROM rings")}


async def test_a_second_signal_waits_for_nobody(tmp_path: Path) -> None:
    (port,) = scattered_ports(1)
    with serving(tmp_path, [port]) as process:
        await eventually(lambda: answers(f"http://127.0.0.1:{port}"), seconds=120)
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"PUT /v1/bells/big HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")  # and never the body
        await writer.drain()
        process.send_signal(signal.SIGINT)
        await eventually(lambda: refused(port))
        process.send_signal(signal.SIGINT)
        code = await asyncio.to_thread(process.wait, 90)
        writer.close()
    assert code == 0


async def refused(port: int) -> bool:
    return not await answers(f"http://127.0.0.1:{port}")
