"""The Kafka that tests stand on: started when the first test asks for it, gone with the run; and the parser on Node."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.real.kafka import Broker, fresh_broker
from tests.real.kafka_parts import KafkaMissing
from tests.real.node import NodeMissing, diagnostics, modules
from tests.real.required import REAL, absent


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


@pytest.fixture
def own_kafka(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A broker for one test, as systems that share topics would read each other's facts."""
    request.node.user_properties.append((REAL, "kafka"))
    try:
        broker = fresh_broker()
    except KafkaMissing as missing:
        absent("kafka", str(missing))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, broker.folder, ignore_errors=True)
        stack.callback(broker.stop)
        broker.start()
        yield broker


@pytest.fixture(scope="session")
def asyncapi_parser() -> Callable[[Any], list[dict[str, Any]]]:
    """`asyncapi_parser(document)`: what the official parser says of it."""
    try:
        modules()
    except NodeMissing as missing:
        absent("node", str(missing))
    return diagnostics
