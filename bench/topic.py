"""Facts of one size that wait on a real Kafka, in six partitions, to be read again and again by new groups."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.consuming import lead
from shared.bus import Bus, Message, open_bus
from shared.clock import utc_now
from shared.contracts.customer import LeadCaptured
from shared.events.wire import encode
from tests.real.kafka import Broker, running

PARTITIONS = 6
PUBLISHED = 2_000
BYTES = 466


@dataclass(frozen=True)
class Topic:
    """So many facts that wait."""

    broker: Broker
    facts: int

    @property
    def name(self) -> str:
        return LeadCaptured.TOPIC

    @property
    def url(self) -> str:
        return f"{self.broker.url}?heartbeat_interval_ms=300"


@contextmanager
def waiting(runner: asyncio.Runner, facts: int) -> Iterator[Topic]:
    with running() as broker:
        topic = Topic(broker, facts)
        runner.run(_publish(topic))
        yield topic


async def _publish(topic: Topic) -> None:
    bus: Bus = open_bus(topic.url)
    try:
        await bus.create_topics({topic.name: PARTITIONS})
        for start in range(0, topic.facts, PUBLISHED):
            await bus.publish([message(start + number) for number in range(min(PUBLISHED, topic.facts - start))])
    finally:
        await bus.close()


def message(number: int) -> Message:
    """A fact of just so many bytes."""
    fact = lead(number)
    short = len(encode(fact, recorded_at=utc_now()).value)
    padded = fact.model_copy(update={"job_title": "Buyer" + "." * (BYTES - short)})
    return encode(padded, recorded_at=utc_now())
