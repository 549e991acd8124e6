"""An ad network that answers by its query, on a real server, and what a connector reads of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from pydantic import TypeAdapter

from services.campaign_svc.connectors.asking import Position
from services.campaign_svc.connectors.pages import Asked, Fetched, fetch
from services.campaign_svc.connectors.shapes import Settings, Window
from shared.outgoing import Outgoing
from tests.shared.receiver import ok, receiving

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
WINDOW = Window.model_validate({"first": "2026-01-24", "last": "2026-01-31"})
MAPPING: dict[str, Any] = {"channel": {"value": "search"}, "day": {"path": "day"}, "clicks": {"path": "clicks"}}
Answering = Callable[[dict[str, str]], bytes]
"""The whole answer to a query."""


class Network:
    """Answers each request by its query; `asked` are the heads of the requests."""

    def __init__(self, url: str, asked: list[bytes]) -> None:
        self.url, self.asked = url, asked

    @property
    def queries(self) -> list[dict[str, str]]:
        return [query_of(head) for head in self.asked]

    async def pages(self, credential: str | None = None, **given: Any) -> list[Fetched]:
        """Page after page, as a pull asks for them."""
        plain = {"name": "n", "url": self.url, "format": "json", "mapping": MAPPING}
        settings = TypeAdapter(Settings).validate_python(plain | given)
        outgoing, found, position = Outgoing(local=True, most_bytes=100_000), list[Fetched](), Position()
        try:
            while len(found) < 20:
                asked = Asked(settings, credential, WINDOW, NOW)
                found.append(await fetch(outgoing, asked, position))
                if (follows := found[-1].follows) is None:
                    return found
                position = follows
        finally:
            await outgoing.close()
        raise AssertionError("no end")


def query_of(head: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(head.split(b" ")[1].decode()).query).items()}


@asynccontextmanager
async def network(answering: Answering) -> AsyncIterator[Network]:
    async def answer(writer: Any) -> None:
        writer.write(answering(query_of(server.asked[-1])))

    async with receiving(answer) as server:
        yield Network(server.url().partition("?")[0], server.asked)


def row(clicks: int) -> dict[str, Any]:
    return {"day": "2026-01-30", "clicks": clicks}


def saying(value: Any) -> bytes:
    return ok(orjson.dumps(value))


def clicks(pages: list[Fetched]) -> list[int | None]:
    return [metric.clicks for page in pages for metric in page.metrics]
