"""A stop loses no request: whoever was answered was answered whole, and nobody's connection was reset."""

import asyncio
import signal
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.eventually import eventually
from tests.real.ports import scattered_ports

PROGRAM = """
import sys
from pathlib import Path
from shared.service import serving
from tests.shared.belfry import belfry, settings_in
settings = settings_in(Path(sys.argv[1]), log_level="error")
service = belfry()
service.migrate(settings)
for port in sys.argv[2:]:  # stopped at one port it goes on at the next, which spares the test ten starts of Python
    serving.run(serving.serve([(service.app(lambda: settings), serving.listener("127.0.0.1", int(port)))]))
"""

STOPS = 10
SIGNALS = (signal.SIGTERM, signal.SIGINT)
CLIENTS = 16
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # else every client reads all authorities from the disk


@contextmanager
def serving(folder: Path, ports: list[int]) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-c", PROGRAM, str(folder), *map(str, ports)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[3]) as process:  # noqa: S603 - this interpreter
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
    """Clients that ask as fast as they are answered: half keep their connection, half open a new one each time."""

    def __init__(self, url: str) -> None:
        self.url, self.outcomes = url, Counter[str]()

    async def ask(self, keep: bool) -> None:
        limits = httpx.Limits(max_keepalive_connections=1 if keep else 0)
        async with httpx.AsyncClient(limits=limits, timeout=10, verify=NO_TLS) as client:
            while not self.outcomes["refused"]:
                try:
                    answer = await client.get(f"{self.url}/readyz")
                    self.outcomes[str(answer.status_code)] += 1
                except httpx.ConnectError:
                    self.outcomes["refused"] += 1  # nobody listens any more: nothing was begun, so nothing was lost
                except httpx.TransportError as error:
                    self.outcomes[type(error).__name__] += 1

    async def busy(self) -> bool:
        return self.outcomes["200"] > 30


async def test_no_connection_is_reset_by_a_stop_under_load(tmp_path: Path) -> None:
    ports = scattered_ports(STOPS)
    with serving(tmp_path, ports) as process:
        for number, port in enumerate(ports):
            outcomes = await stopped_under_load(process, f"http://127.0.0.1:{port}", SIGNALS[number % 2])
            assert set(outcomes) == {"200", "refused"}, outcomes
        code = await asyncio.to_thread(process.wait, 10)
    assert code == 0


async def stopped_under_load(process: "subprocess.Popen[bytes]", url: str, how: signal.Signals) -> Counter[str]:
    await eventually(lambda: answers(url), seconds=60)
    load = Load(url)
    clients = [asyncio.create_task(load.ask(keep=bool(number % 2))) for number in range(CLIENTS)]
    await eventually(load.busy, seconds=30)
    process.send_signal(how)
    await asyncio.wait_for(asyncio.gather(*clients), 30)
    return load.outcomes


async def test_a_second_signal_waits_for_nobody(tmp_path: Path) -> None:
    (port,) = scattered_ports(1)
    with serving(tmp_path, [port]) as process:
        await eventually(lambda: answers(f"http://127.0.0.1:{port}"), seconds=60)
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"PUT /v1/bells/big HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")  # and never the body
        await writer.drain()
        process.send_signal(signal.SIGINT)
        await eventually(lambda: refused(port))
        process.send_signal(signal.SIGINT)
        code = await asyncio.to_thread(process.wait, 8)
        writer.close()
    assert code == 0


async def refused(port: int) -> bool:
    return not await answers(f"http://127.0.0.1:{port}")
