"""The three services as a frontend sees them: an address each, and one token for all."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx

from services.demo.careful import Careful
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Clients:
    customer: httpx.AsyncClient
    campaign: httpx.AsyncClient
    analytics: httpx.AsyncClient


@asynccontextmanager
async def clients(settings: Settings, token: str) -> AsyncIterator[Clients]:
    async with AsyncExitStack() as closing:
        made = [_client(settings.url_of(name), token) for name in Clients.__slots__]
        yield Clients(*[await closing.enter_async_context(client) for client in made])


def _client(address: str, token: str) -> httpx.AsyncClient:
    """Asks the address itself, whatever proxy the environment names."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=address, headers=headers, timeout=60.0, transport=Careful(), trust_env=False)
