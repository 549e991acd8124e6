"""One attempt: sign, send, and say what came back in words that repeat nothing of address, secret or answer."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from services.campaign_svc.webhooks import signing
from services.campaign_svc.webhooks.metrics import attempts_total
from services.campaign_svc.webhooks.models import WebhookEndpoint
from services.campaign_svc.webhooks.schedule import LONGEST_RETRY_AFTER
from services.campaign_svc.webhooks.sealed import secrets_of
from shared.backoff import retry_after
from shared.clock import Clock
from shared.outgoing import Outgoing, Refused
from shared.runtime import Runtime
from shared.vault.sealing import Tampered

SECONDS = 15.0
MOST_BYTES = 65_536
"""Of a message, and of an answer that is read."""

GONE = 410


@dataclass(frozen=True, slots=True)
class Answered:
    """`reason` says why it is no success; `status` is None where there was no answer."""

    at: datetime
    duration_ms: int
    status: int | None = None
    reason: str | None = None
    retry_after: timedelta | None = None

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def well(self) -> bool:
        """Whether the receiver works, though it may have refused this message."""
        return self.status is not None and self.status < 500 and self.status != httpx.codes.TOO_MANY_REQUESTS

    @property
    def outcome(self) -> str:
        """For the metrics."""
        if self.accepted or self.well:
            return "accepted" if self.accepted else "refused"
        return "unanswered" if self.status is None else "failed"


class Sender:
    def __init__(self, outgoing: Outgoing, master: bytes, clock: Clock) -> None:
        self._outgoing, self._master, self._clock = outgoing, master, clock

    @classmethod
    def of(cls, runtime: Runtime) -> "Sender":
        settings = runtime.settings
        outgoing = Outgoing(local=settings.private_addresses, seconds=SECONDS, most_bytes=MOST_BYTES)
        return cls(outgoing, settings.master, runtime.db.clock)

    @classmethod
    @asynccontextmanager
    async def for_once(cls, runtime: Runtime) -> AsyncIterator["Sender"]:
        """For a person who waits for the answer."""
        sender = cls.of(runtime)
        try:
            yield sender
        finally:
            await sender.close()

    async def send(self, endpoint: WebhookEndpoint, webhook_id: str, body: bytes) -> Answered:
        """Never raises for what a receiver, a network or an address can do."""
        at, started = self._clock(), time.monotonic()
        status, reason, asked_for = await self._tried(endpoint, webhook_id, at, body)
        answered = Answered(at, round((time.monotonic() - started) * 1000), status, reason, asked_for)
        attempts_total.labels("campaign", answered.outcome).inc()
        return answered

    async def close(self) -> None:
        await self._outgoing.close()

    async def _tried(
        self, endpoint: WebhookEndpoint, webhook_id: str, at: datetime, body: bytes
    ) -> tuple[int | None, str | None, timedelta | None]:
        if len(body) > MOST_BYTES:
            return None, f"The message is larger than {MOST_BYTES} bytes.", None
        try:
            secrets = secrets_of(endpoint, self._master, at)
            headers = signing.headers(secrets, webhook_id, at, body) | {"content-type": "application/json"}
            answer = await self._outgoing.send("POST", endpoint.url, headers=headers, body=body)
        except Tampered:
            return None, "Its secret does not open with this master key: rotate it.", None
        except Refused as why:
            return None, str(why), None
        except TimeoutError:
            return None, "There was no whole answer in time.", None
        except httpx.HTTPError as error:
            return None, f"There was no answer ({type(error).__name__}).", None
        return answer.status, _reason(answer.status), retry_after(answer.headers, at, longest=LONGEST_RETRY_AFTER)


def _reason(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"It answered {status}: redirects are not followed."
    return f"It answered {status}."
