"""What a receiver of webhooks does with them, on a real server: checks, answers as it is told, or does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from standardwebhooks import Webhook

from tests.shared.receiver import Receiver, receiving

HANG = b""
"""In place of an answer: none, ever."""


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


OK = answer(204)


@dataclass
class Message:
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def data(self) -> dict[str, Any]:
        return dict(orjson.loads(self.body)["data"])

    def verified(self, secret: str) -> Any:
        """By the library that receivers use. Raises where the signature is not of this secret."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Told:
    """`answers` are given one after another, then `usually`."""

    answers: list[bytes] = field(default_factory=list)
    usually: bytes = OK
    receiver: Receiver = field(init=False)

    @property
    def url(self) -> str:
        return self.receiver.url()

    @property
    def messages(self) -> list[Message]:
        return [_parsed(raw) for raw in self.receiver.asked]

    async def answering(self, writer: asyncio.StreamWriter) -> None:
        said = self.answers.pop(0) if self.answers else self.usually
        if said == HANG:
            await asyncio.Event().wait()
        writer.write(said)
        await writer.drain()


@asynccontextmanager
async def told(*answers: bytes, usually: bytes = OK) -> AsyncIterator[Told]:
    told = Told(list(answers), usually)
    async with receiving(told.answering) as told.receiver:
        yield told


def _parsed(raw: bytes) -> Message:
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = [line.partition(": ") for line in head.decode().split("\r\n")[1:]]
    return Message({name.lower(): value for name, _, value in lines}, body)
