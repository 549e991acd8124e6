"""Whether a reader of Kafka still reads, which its library itself may not notice."""

import asyncio
import time
from collections import Counter
from typing import Any

from shared.bus.kafka_errors import TROUBLE
from shared.bus.kafka_settings import KafkaSettings


class Watch:
    """Sees when a reader has stopped reading.

    A fetch task that has died is seen at once. Else, after a time without a record, the broker is asked for the ends of
    the partitions: twice, a second apart, for a record that came just now is no fault.
    """

    def __init__(self, patience: float) -> None:
        self.hung = False
        self._patience = patience
        self._suspected = False
        self.progress()

    def progress(self) -> None:
        self._since = time.monotonic()
        self._suspected = False

    async def sees(self, reader: Any, settings: KafkaSettings) -> str:
        """What is wrong, or nothing."""
        if reader._fetcher.error_future.done():
            return "its fetch task has died"
        if time.monotonic() - self._since < self._patience:
            return ""
        trouble = await self._trouble(reader, settings.request_timeout_ms / 1000)
        if trouble and self._suspected:
            return f"{trouble} and no progress for {self._patience:g} s"
        self._suspected = bool(trouble)
        self._since = time.monotonic() - (max(0.0, self._patience - 1) if trouble else 0)
        return ""

    async def _trouble(self, reader: Any, patience: float) -> str:
        if self.hung:
            return "no assignment"
        try:
            async with asyncio.timeout(patience):
                lag = (await unread(reader)).total()
        except TROUBLE as error:
            return f"no answer ({type(error).__name__})"
        return f"{lag} records unread" if lag else ""


async def unread(reader: Any) -> Counter[str]:
    """How many records each topic has behind our place."""
    behind = Counter[str]()
    for place, end in (await reader.end_offsets(reader.assignment())).items():
        behind[place.topic] += max(0, end - await reader.position(place))
    return behind
