"""A flood: calls at a pace of their own, whether or not those before were answered, over many connections.

The client is bare, so that it can ask ten times as fast as it is answered on the same machine.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.chaos.calls import Request

PATIENCE = 120.0
"""For one answer: a bound on "never"."""


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def asks_for_patience(self) -> bool:
        """A refusal as it is promised: a problem, and when to come again."""
        is_problem = self.headers.get("content-type") == "application/problem+json"
        return self.status in (429, 503) and is_problem and self.headers.get("retry-after", "").isdigit()

    @property
    def is_unknown(self) -> bool:
        """The one refusal behind which the change may have been made."""
        return self.asks_for_patience and self.body["type"] == "/problems/unknown"


@dataclass
class Flood:
    """`taken` are the calls that were answered by 2xx; `strange` are ends that are neither that nor a clear refusal;
    `unknown` are those of which nobody could say in time whether they were taken.
    """

    url: str
    token: str
    taken: list[tuple[Request, Answer]] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)
    unknown: list[Request] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers of any kind."""
        return (len(self.taken) + self.refused.total()) / self.seconds

    async def pour(self, calls: Sequence[Request], connections: int, pace: float | None = None) -> None:
        """Ask all of them, each when it is its turn at so many in a second, or at once where a connection is free."""
        began, left = time.monotonic(), iter(enumerate(calls))
        async with asyncio.TaskGroup() as group:
            for _ in range(min(connections, len(calls))):
                group.create_task(self._connection(left, began, pace))
        self.seconds = time.monotonic() - began

    async def _connection(self, left: Iterator[tuple[int, Request]], began: float, pace: float | None) -> None:
        wire: Wire | None = None
        for number, call in left:
            if pace:
                await asyncio.sleep(began + number / pace - time.monotonic())  # the pace of the flood
            try:
                async with asyncio.timeout(PATIENCE):
                    wire = wire if wire and wire.open else await Wire.to(self.url)
                    self._note(call, await wire.ask(call, self.token))
            except (OSError, EOFError, TimeoutError) as error:
                self.strange.append(f"{call.key}: {type(error).__name__}")
        if wire:
            wire.close()

    def _note(self, call: Request, answer: Answer) -> None:
        if answer.status in (200, 201):
            self.taken.append((call, answer))
        elif answer.asks_for_patience:
            self.refused[answer.status] += 1
            self.unknown += [call] if answer.is_unknown else []
        else:
            self.strange.append(f"{call.key}: {answer.status} {answer.headers} {answer.body}")


@dataclass
class Wire:
    """One connection, which is used for one call after the other while it is open."""

    host: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    open: bool = True

    @classmethod
    async def to(cls, url: str) -> "Wire":
        host = urlsplit(url)
        return cls(host.netloc, *await asyncio.open_connection(host.hostname, host.port))

    async def ask(self, call: Request, token: str) -> Answer:
        self.open, sent = False, call.call  # until the answer is read whole
        body = json.dumps(sent[1]).encode()
        head = (
            f"POST {sent[0]} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {token}\r\n"
            f"Idempotency-Key: {call.key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)
        status, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        answered = await self.reader.readexactly(int(headers["content-length"]))
        self.open = headers.get("connection") != "close"
        if not self.open:
            self.close()
        return Answer(int(status.split()[1]), headers, json.loads(answered))

    def close(self) -> None:
        with suppress(OSError):
            self.writer.close()
