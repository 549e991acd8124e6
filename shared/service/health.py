"""Health: alive means that the loop turns, ready that a request would be served; with a reason where it would not.

Each check has a second, and its answer stands for a second, so that being asked often costs nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, JsonValue

from shared.bus import BusUnavailable
from shared.problems import Problem
from shared.web import Router

CHECK_SECONDS = 1.0
FRESH_SECONDS = 1.0

Check = Callable[[], Awaitable[None]]


class NotReady(Exception):
    """The message is shown to whoever asks: a sentence without data."""


LAGGING = "The database is at version 0001, this program needs 0002: run `rainmaker migrate customer`."
EXAMPLE: dict[str, JsonValue] = {
    "status": "not_ready",
    "checks": {"database": {"status": "ok", "reason": None}, "migrations": {"status": "failed", "reason": LAGGING}},
}


class CheckResult(BaseModel):
    status: Literal["ok", "failed"]
    reason: str | None = None


class Readiness(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    status: Literal["ready", "not_ready"]
    checks: dict[str, CheckResult]


class Alive(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "alive"}]})

    status: Literal["alive"] = "alive"


class Health:
    """Readiness of one service; `checks` raise `NotReady` or any other exception."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._asking = asyncio.Lock()
        self._answer, self._asked_at = Readiness(status="not_ready", checks={}), float("-inf")

    async def readiness(self) -> Readiness:
        async with self._asking:
            if time.monotonic() - self._asked_at > FRESH_SECONDS:
                results = await asyncio.gather(*map(_result, self._checks.values()))
                well = all(result.status == "ok" for result in results)
                self._answer = Readiness(
                    status="ready" if well else "not_ready", checks=dict(zip(self._checks, results, strict=True))
                )
                self._asked_at = time.monotonic()
            return self._answer


async def _result(check: Check) -> CheckResult:
    try:
        await asyncio.wait_for(check(), CHECK_SECONDS)
    except TimeoutError:
        return CheckResult(status="failed", reason=f"It did not answer within {CHECK_SECONDS:g} s.")
    except (NotReady, BusUnavailable, Problem) as trouble:
        return CheckResult(status="failed", reason=getattr(trouble, "detail", str(trouble)))
    except Exception as error:
        return CheckResult(status="failed", reason=f"It failed with {type(error).__name__}.")
    return CheckResult(status="ok")


def health_router() -> Router:
    """`/livez` and `/readyz`, for orchestrators; without authorisation, so they say nothing that is secret."""
    router = Router(tags=["health"])

    @router.get("/livez")
    async def livez() -> Alive:
        """The process is alive: its loop turns."""
        return Alive()

    @router.get("/readyz", responses={503: {"model": Readiness, "description": "Not ready; each check has a reason."}})
    async def readyz(request: Request, response: Response) -> Readiness:
        """Whether requests would be served, check by check."""
        health: Health = request.app.state.health
        answer = await health.readiness()
        response.status_code = 200 if answer.status == "ready" else 503
        return answer

    return router
