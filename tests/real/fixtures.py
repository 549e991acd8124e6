"""The Kafka that tests stand on: started when the first test asks for it, gone with the run; and what runs on Node."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import pytest

from tests.real.kafka import Broker, fresh_broker, running
from tests.real.kafka_parts import KafkaMissing
from tests.real.node import NodeMissing, diagnostics, modules
from tests.real.required import REAL, absent

Judge = Callable[[Any], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def kafka() -> Iterator[Broker]:
    """One broker for the whole run; a test that hurts it leaves it running again."""
    with kafka_or_absent() as broker:
        yield broker


@contextmanager
def kafka_or_absent(make: Callable[[], Broker] = fresh_broker) -> Iterator[Broker]:
    """A broker, fresh or made otherwise; where none can be had the test is skipped with the reason, or fails."""
    with ExitStack() as stack:
        try:
            broker = stack.enter_context(running(make()))
        except KafkaMissing as missing:
            absent("kafka", str(missing))
        yield broker


@pytest.fixture
def own_kafka(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A broker for one test, as systems that share topics would read each other's facts."""
    request.node.user_properties.append((REAL, "kafka"))
    with kafka_or_absent() as broker:
        yield broker


@pytest.fixture(scope="session")
def node() -> None:
    """Node with our packages; where they cannot be had the test is skipped with the reason, or fails."""
    try:
        modules()
    except NodeMissing as missing:
        absent("node", str(missing))


@pytest.fixture(scope="session")
def asyncapi_parser(node: None) -> Judge:
    """`asyncapi_parser(document)`: what the official parser says of it."""
    return partial(diagnostics, program="parse.mjs")


@pytest.fixture(scope="session")
def spectral(node: None) -> Judge:
    """`spectral({name: document})`: what Spectral says of these OpenAPI and AsyncAPI documents."""
    return partial(diagnostics, program="lint.mjs")
