"""The Kafka that tests stand on: started when the first test asks for it, gone with the run."""

import shutil
from collections.abc import Iterator

import pytest

from tests.real.kafka import Broker, fresh_broker
from tests.real.kafka_parts import KafkaMissing
from tests.real.required import absent


@pytest.fixture(scope="session")
def kafka() -> Iterator[Broker]:
    """One broker for the whole run; a test that hurts it leaves it running again."""
    try:
        broker = fresh_broker()
    except KafkaMissing as missing:
        absent("kafka", str(missing))
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(broker.folder, ignore_errors=True)
