"""Leads at a steady pace, whether or not the answers keep up: who arrived when, as it is to be found again later.

Prints one line of JSON: for each contact that was answered, the second at which its request was sent.
"""

import argparse
import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from typing import cast

import uvloop

from bench.bodies import request_of
from bench.load import LAST_SECONDS, answer_length


class Line(asyncio.Protocol):
    """One kept-alive connection that goes back to the others when it is answered."""

    def __init__(self, free: "deque[Line]", arrived: dict[str, float]) -> None:
        self.free, self.arrived, self.answer, self.sent = free, arrived, b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.free.append(self)

    def ask(self, request: bytes) -> None:
        self.answer, self.sent = b"", time.time()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        head, found, body = self.answer.partition(b"\r\n\r\n")
        if found and len(body) >= answer_length(head):
            if head[9:12] != b"201":
                raise SystemExit(f"bench: a lead was answered {head[9:12]!r}")
            self.arrived[json.loads(body)["contact_id"]] = self.sent
            self.free.append(self)


async def send(port: int, request: Callable[[], bytes], rate: float, count: int) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    free: deque[Line] = deque()
    arrived: dict[str, float] = {}
    begin = loop.time() + 0.1
    for number in range(count):
        await asyncio.sleep(begin + number / rate - loop.time())
        if not free:
            await loop.create_connection(lambda: Line(free, arrived), "127.0.0.1", port)
        free.popleft().ask(request())
    async with asyncio.timeout(LAST_SECONDS):
        while len(arrived) < count:  # noqa: ASYNC110  the last answers are under way
            await asyncio.sleep(0.01)
    return arrived


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("port", type=int)
    asked.add_argument("--token", required=True)
    asked.add_argument("--rate", type=float, required=True)
    asked.add_argument("--count", type=int, required=True)
    given = asked.parse_args()
    print(json.dumps(uvloop.run(send(given.port, request_of("/v1/leads", given.token), given.rate, given.count))))


if __name__ == "__main__":
    main()
