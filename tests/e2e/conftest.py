"""Whole systems to test on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.system import System, local, running, scaled
from tests.real.kafka import Broker

COMBINATIONS = ["sqlite, embedded bus", "postgresql, embedded bus", "sqlite, kafka", "postgresql, kafka"]


@pytest.fixture(params=COMBINATIONS)
def system(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[System]:
    """`rainmaker serve` on each combination of database and bus."""
    settings = {}
    if "postgresql" in request.param:
        settings["DATABASE_URL"] = request.getfixturevalue("postgres_service_url")
    if "kafka" in request.param:
        settings["BUS_URL"] = request.getfixturevalue("own_kafka").url
    with running(local(tmp_path, **settings)) as system:
        yield system


@pytest.fixture
def nine_processes(tmp_path: Path, postgres_service_url: str, own_kafka: Broker) -> Iterator[System]:
    """For each service one `api` and two `worker`s, on PostgreSQL and Kafka; mail in a folder, webhooks on loopback."""
    mail = f"file://{tmp_path / 'data' / 'mailbox'}"
    started = scaled(tmp_path, postgres_service_url, own_kafka.url, SMTP_URL=mail, RAINMAKER_PRIVATE_ADDRESSES="true")
    with running(started) as system:
        yield system
