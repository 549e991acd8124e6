"""The load generator, a process of its own: so many callers, each asks, waits for the answer, asks the next.

Raw asyncio: a full HTTP client costs more per request than the service it is to measure. What it reports it has seen
itself: answers by status, and the time each took.
"""

import argparse
import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from typing import cast

import uvloop

from bench.bodies import request_of

WARM_SECONDS = 0.3
"""Left out at the beginning: connections are made, caches fill."""
LAST_SECONDS = 20.0
"""What still runs at the end must be answered within these, else nothing is reported."""


class Caller(asyncio.Protocol):
    """One kept-alive connection, one request under way at a time."""

    def __init__(self, run: "Run") -> None:
        self.run, self.answer, self.began = run, b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self._ask()

    def data_received(self, data: bytes) -> None:
        self.answer += data
        head, found, body = self.answer.partition(b"\r\n\r\n")
        if found and len(body) >= answer_length(head):
            self.run.took(head[9:12].decode(), self.began, time.perf_counter())
            self._ask()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.run.over():
            self.run.took("cut", self.began, time.perf_counter())

    def _ask(self) -> None:
        self.answer, self.began = b"", time.perf_counter()
        if self.run.over():
            self.transport.close()
            return
        self.transport.write(self.run.request())


class Run:
    def __init__(self, request: Callable[[], bytes], seconds: float, warm: float = WARM_SECONDS) -> None:
        self.request = request
        self.start = time.perf_counter() + warm
        self.end = self.start + seconds
        self.statuses: Counter[str] = Counter()
        self.times: list[float] = []
        self.sent, self.last = 0, self.end

    def over(self) -> bool:
        return time.perf_counter() >= self.end

    def took(self, status: str, began: float, ended: float) -> None:
        """Counts what was asked within the time that is measured."""
        self.sent += 1
        if began >= self.start or status == "cut":
            self.statuses[status] += 1
            self.times.append(ended - began)
            self.last = ended

    def report(self) -> dict[str, object]:
        """Times in milliseconds, `rate` in requests per second, `sent` with those of the beginning."""
        times = sorted(self.times) or [0.0]
        return {
            "statuses": dict(self.statuses),
            "sent": self.sent,
            "rate": len(self.times) / (self.last - self.start),
            "p50": times[len(times) // 2] * 1000,
            "p99": times[int(len(times) * 0.99)] * 1000,
        }


async def generate(port: int, run: Run, connections: int) -> None:
    loop = asyncio.get_running_loop()
    callers = [await loop.create_connection(lambda: Caller(run), "127.0.0.1", port) for _ in range(connections)]
    await asyncio.sleep(run.end - time.perf_counter())
    async with asyncio.timeout(LAST_SECONDS):
        while not all(transport.is_closing() for transport, _ in callers):  # noqa: ASYNC110  last answers are under way
            await asyncio.sleep(0.01)


def answer_length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("port", type=int)
    asked.add_argument("--path", default="/v1/leads")
    asked.add_argument("--token", default="")
    asked.add_argument("--connections", type=int, default=64)
    asked.add_argument("--seconds", type=float, default=2.0)
    asked.add_argument("--rows", type=int, default=0)
    given = asked.parse_args()
    warm = 0.0 if given.rows else WARM_SECONDS  # a batch may take longer than that
    run = Run(request_of(given.path, given.token, given.rows), given.seconds, warm)
    uvloop.run(generate(given.port, run, given.connections))
    print(json.dumps(run.report()))


if __name__ == "__main__":
    main()
