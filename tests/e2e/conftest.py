"""Whole systems to test on."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.deploy.compose import Compose, make_secrets
from tests.e2e.composed import composed
from tests.e2e.composed_stores import ComposedBroker, postgres_or_absent
from tests.e2e.previous import HistoryMissing, unpacked
from tests.e2e.system import System, local, running
from tests.real.fixtures import kafka_or_absent
from tests.real.required import REAL, absent

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


@pytest.fixture(scope="session")
def previous_version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the code of the release before this one."""
    try:
        return unpacked(tmp_path_factory.mktemp("previous"))
    except HistoryMissing as missing:
        absent("history", str(missing))


@pytest.fixture
def nine_processes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[System]:
    """docker-compose.yml as processes: for each service one `api` and two `worker`s, each with its own role.

    Webhooks of the tests go to loopback, which the file forbids.
    """
    request.node.user_properties.extend([(REAL, "postgres"), (REAL, "kafka")])
    secrets = make_secrets(tmp_path)
    environment = Compose.read().units["kafka"].environment
    with postgres_or_absent(secrets) as postgres, kafka_or_absent(partial(ComposedBroker, environment)) as broker:
        hosts = {"postgres:5432": f"127.0.0.1:{postgres.port}", "kafka:9092": broker.bootstrap}
        with running(composed(tmp_path, secrets, hosts, RAINMAKER_PRIVATE_ADDRESSES="true")) as system:
            yield system
