"""What one running service holds: its database, bus, keys and clients. Made by `Service.running`, closed with it."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Annotated

import httpx
from fastapi import Depends, Request

from shared.access.callers import Callers
from shared.access.tokens import Tokens
from shared.bus import Bus
from shared.database import Database
from shared.deadletters import show
from shared.events import Event
from shared.events.inbox import Handler, Inbox
from shared.events.intake import Intake, Intakes
from shared.settings import Settings, WrongSetting, variable
from shared.telemetry.tracing import traceparent
from shared.vault import Vault
from shared.web.requestid import current_request_id

LIMITS = httpx.Limits(max_connections=50, max_keepalive_connections=10, keepalive_expiry=20.0)
TIMEOUT = httpx.Timeout(5.0, connect=2.0, pool=2.0)


@dataclass
class Runtime:
    """`request.app.state.runtime`, and what a room's `effects(runtime)` is given."""

    name: str
    settings: Settings
    db: Database
    bus: Bus
    tokens: Tokens
    vault: Vault | None = None
    handlers: Mapping[type[Event], Sequence[Handler]] = field(default_factory=dict, repr=False)
    calls: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    offered: Sequence[Intake] = field(default=(), repr=False)
    key_used: type[Event] | None = None
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict, repr=False)

    @cached_property
    def callers(self) -> Callers:
        return Callers(self)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.db, self.bus, group=f"rainmaker-{self.name}", handlers=self.handlers)

    @cached_property
    def intakes(self) -> Intakes:
        return Intakes(self, self.offered)

    @property
    def readers(self) -> list[Inbox | Intakes]:
        return [self.inbox, self.intakes]

    @property
    def stopped_because(self) -> str | None:
        """Why it no longer reads the bus, which a person must look at."""
        return self.inbox.stopped_because or self.intakes.stopped_because

    async def replay(self, letter_id: str) -> None:
        """Handle a dead letter now, by whom it was set aside. Raises what it fails at."""
        letter = await self.db.read(show, letter_id)
        reader = self.intakes if letter.message.topic in self.intakes.topics else self.inbox
        await reader.replay(letter_id)

    def client(self, service: str) -> httpx.AsyncClient:
        """Calls a sibling by paths (`client("customer").get("/v1/contacts")`), with our own token and trace.

        It follows no redirects and gives up after 5 s; errors are httpx's own. One client per sibling, closed with us.
        """
        if service not in self._clients:
            self._clients[service] = self._new_client(service)
        return self._clients[service]

    def fingerprint(self, content: bytes) -> str:
        """A keyed hash: equal for equal content, and of no use to who does not hold the master key."""
        return hmac.digest(self._fingerprint_key, content, "sha256").hex()

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()
        await self.db.close()
        if self.vault is not None:
            await self.vault.close()

    @cached_property
    def _fingerprint_key(self) -> bytes:
        return hmac.digest(self.settings.master, b"rainmaker fingerprint", "sha256")

    def _new_client(self, service: str) -> httpx.AsyncClient:
        address = self.settings.url_of(service)
        if not address:
            raise WrongSetting(f"Set {variable(f'{service}_url')} to the address of {service}_svc.")
        return httpx.AsyncClient(
            base_url=address,
            limits=LIMITS,
            timeout=TIMEOUT,
            trust_env=False,  # a proxy meant for the world outside must not see calls between services
            event_hooks={"request": [partial(self._introduce, self.calls.get(service, ()))]},
        )

    async def _introduce(self, scopes: Sequence[str], request: httpx.Request) -> None:
        """Who calls, and what for: a token for what this sibling is asked, the trace, the request that led here."""
        request.headers["Authorization"] = f"Bearer {self.tokens.for_service(self.name, scopes)}"
        if parent := traceparent():
            request.headers["traceparent"] = parent
        if request_id := current_request_id():
            request.headers["X-Request-Id"] = request_id


async def _of_app(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


Running = Annotated[Runtime, Depends(_of_app)]
"""For a route that needs more than the database: settings, the vault, the clock."""
