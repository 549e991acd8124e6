"""The event bus, as little of it as the rest needs: publish a batch, read a batch, say that it is done.

Terms. A *topic* is a log in partitions; messages with one *key* stay in the order they were published. A *group* is a
reader with its own *bookmark* per partition: everything before it is done. What was read but not done is read again.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

RETENTION_SECONDS = 14 * 24 * 3600.0
"""How long a bus keeps a fact. The inbox remembers for longer (see `shared.service.housekeeping`)."""

MOST_BYTES = 512 * 1024
"""Of a message's value: half of what a broker takes by default. What is more is refused before it is stored."""

INBOUND = "inbound-"
INBOUND_RETENTION_SECONDS = 7 * 24 * 3600.0
"""What other systems submit may say who somebody is: it is kept for as long as a reader may be away, and no longer."""


def is_inbound(topic: str) -> bool:
    """Whether other systems write to it, which its name says."""
    return topic.startswith(INBOUND)


def retention_of(topic: str) -> float:
    """Seconds."""
    return INBOUND_RETENTION_SECONDS if is_inbound(topic) else RETENTION_SECONDS


@dataclass(slots=True)
class Message:
    """One event on the wire: CloudEvents binary mode, so headers carry `ce_*` and `content-type`, value the data.

    Nobody changes one. To have Python forbid it costs three times as much as all else of making it, twice per fact.
    """

    topic: str
    key: str
    value: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Record:
    """A message and where it stands in the log."""

    message: Message
    partition: int
    offset: int


class BusUnavailable(Exception):
    """The bus did not answer in time. Whether the batch got there is unknown: send it again, readers drop the copy."""


class Consumer(Protocol):
    async def poll(self, limit: int, wait: float) -> list[Record]:
        """Up to `limit` records after the last `done`; waits at most `wait` seconds for the first.

        What an earlier poll gave and nobody called done is given again, first and in the same order.
        """

    async def lag(self) -> dict[str, int]:
        """How many records of each topic wait for this reader, among those that it would be given. For metrics."""

    async def done(self, batch: Sequence[Record]) -> None:
        """Move the bookmarks behind this batch. Lost or late, it costs a second reading, never a record."""


class Bus(Protocol):
    async def publish(self, messages: Sequence[Message]) -> None:
        """Returns when all are durable, else raises `BusUnavailable`. Order within a key is kept."""

    def consume(self, group: str, topics: Sequence[str]) -> AbstractAsyncContextManager[Consumer]:
        """Join a group. A group that is new begins at the beginning of each topic."""

    async def create_topics(self, partitions: dict[str, int]) -> None:
        """Make the topics that are not there yet; never changes one that is."""

    async def ping(self) -> None:
        """Raises `BusUnavailable` with a sentence when the bus cannot serve."""

    async def close(self) -> None: ...


def open_bus(url: str) -> Bus:
    """`sqlite:///path` (embedded, one process) or `kafka://host:port[,host:port]?option=value`."""
    scheme = url.partition("://")[0]
    if scheme == "sqlite":
        from shared.bus.sqlite import SqliteBus

        return SqliteBus.from_url(url)
    if scheme == "kafka":
        from shared.bus.kafka import KafkaBus  # imported here: only this module knows aiokafka

        return KafkaBus.from_url(url)
    raise ValueError(f"BUS_URL must begin with sqlite:/// or kafka://, not {scheme!r}")
