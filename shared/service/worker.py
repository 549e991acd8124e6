"""The loops of a service, supervised: one that ends is counted, logged, started again, and seen by readiness."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Self

from shared.backoff import backoff
from shared.telemetry import metrics
from shared.telemetry.logs import described, log

SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
STEADY_SECONDS = 5.0
"""A loop that ran this long since it was started again is well again."""

Loop = Callable[[], Awaitable[None]]


class Worker:
    """`loops` by name; each is meant to run until it is cancelled."""

    def __init__(self, service: str, loops: Mapping[str, Loop]) -> None:
        self._service, self._loops = service, loops
        self._deaths = dict.fromkeys(loops, 0)
        self._reasons: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.run(), name=f"{self._service}-worker")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None  # noqa: S101 - set on entering
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    @property
    def running(self) -> bool:
        return self._task is None or not self._task.done()

    @property
    def troubles(self) -> dict[str, str]:
        """For each loop that is down, or has not proven itself since, why it ended."""
        return dict(self._reasons)

    async def run(self) -> None:
        """Until cancelled; then the loops are cancelled and waited for."""
        async with asyncio.TaskGroup() as group:
            for name, loop in self._loops.items():
                group.create_task(self._keep_alive(name, loop), name=f"{self._service}-{name}")

    async def _keep_alive(self, name: str, loop: Loop) -> None:
        while True:
            well_again = asyncio.get_running_loop().call_later(STEADY_SECONDS, self._recovered, name)
            reason = await _end_of(loop)
            well_again.cancel()
            self._died(name, reason)
            await asyncio.sleep(backoff(self._deaths[name] - 1, first=SHORTEST_PAUSE, longest=LONGEST_PAUSE))

    def _recovered(self, name: str) -> None:
        self._deaths[name] = 0
        self._reasons.pop(name, None)

    def _died(self, name: str, reason: str) -> None:
        self._deaths[name] += 1
        self._reasons[name] = reason
        metrics.worker_restarts_total.labels(self._service, name).inc()
        log().error("worker loop ended", service=self._service, task=name, error=reason, deaths=self._deaths[name])


async def _end_of(loop: Loop) -> str:
    """Why it ended. A cancellation that nobody asked this task for is a death too: aiokafka raises such on its stop."""
    try:
        await loop()
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return described(error)
    except Exception as error:
        return described(error)
    return "it ended by itself"
