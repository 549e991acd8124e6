"""What `make kafka` runs is a broker that answers, and one that goes when it is told to."""

import os
import signal
import subprocess
import sys

from shared.bus import open_bus
from tests.real.kafka import Broker

COMMAND = [sys.executable, "-m", "tests.real.kafka"]


def spawn(environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603


async def test_a_broker_in_the_foreground_prints_its_address_and_ends_when_told(kafka: Broker) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "KAFKA_BOOTSTRAP"}
    with spawn(environment) as process:
        assert process.stdout
        name, _, url = process.stdout.readline().strip().partition("=")
        assert name == "BUS_URL"
        assert url != kafka.url
        bus = open_bus(url)
        await bus.ping()
        await bus.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0
    assert kafka.alive


def test_a_broker_that_runs_already_is_used_and_left_alone(kafka: Broker) -> None:
    environment = {**os.environ, "KAFKA_BOOTSTRAP": kafka.bootstrap}
    said = subprocess.run(COMMAND, stdout=subprocess.PIPE, text=True, env=environment, check=True).stdout  # noqa: S603
    assert said == f"BUS_URL={kafka.url}\n"
    assert kafka.alive
