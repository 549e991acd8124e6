"""Kafka over TLS, for those with a password: by settings alone, and what is said when one of them is wrong."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from shared.bus import BusUnavailable
from shared.bus.kafka import KafkaBus
from tests.real.authority import Authority
from tests.real.kafka import PASSWORD, USER, Broker, running
from tests.shared.bus.conftest import CALM, make, numbered, read, values

CHECK = "Check .* in BUS_URL security_protocol, sasl_mechanism, sasl_username, sasl_password and cafile"


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    folder = Path(tempfile.mkdtemp(prefix="rainmaker-tls-"))
    yield Authority(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def guarded(kafka: Broker, authority: Authority) -> Iterator[Broker]:
    """A broker of its own, beside that of the run."""
    if not kafka.ours:
        pytest.skip("KAFKA_BOOTSTRAP names a broker that has no certificate of ours")
    folder = Path(tempfile.mkdtemp(prefix="rainmaker-kafka-tls-"))
    with running(Broker(folder, keystore=authority.keystore("localhost"))) as broker:
        yield broker


def bus_of(broker: Broker, **options: Any) -> KafkaBus:
    return KafkaBus.from_url(f"{broker.guarded_url}&{CALM}&{urlencode(options)}")


async def test_the_right_password_and_authority_open_the_door(
    guarded: Broker, authority: Authority, topic: str
) -> None:
    await make(guarded, topic, partitions=2)
    bus = bus_of(guarded, sasl_username=USER, sasl_password=PASSWORD, cafile=authority.cafile)
    await bus.ping()
    await bus.publish(numbered(topic, 2))
    async with bus.consume("guarded", [topic]) as consumer:
        assert values(await read(consumer, 2)) == [b"0", b"1"]
    await bus.close()


@pytest.mark.parametrize(
    "changed", [{"sasl_password": "guessed"}, {"sasl_username": "nobody"}, {"cafile": "another"}, {"cafile": ""}]
)
async def test_a_wrong_one_says_what_to_check_and_not_what_it_was(
    guarded: Broker, authority: Authority, tmp_path: Path, changed: dict[str, str]
) -> None:
    right = {"sasl_username": USER, "sasl_password": PASSWORD, "cafile": str(authority.cafile)}
    if changed.get("cafile"):
        changed = {"cafile": str(Authority(tmp_path).cafile)}
    bus = bus_of(guarded, **(right | changed))
    for attempt in (bus.ping(), bus.publish(numbered("any", 1))):
        with pytest.raises(BusUnavailable, match=CHECK) as refused:
            await attempt
        assert "guessed" not in str(refused.value) and PASSWORD not in str(refused.value)
    await bus.close()


async def test_a_broker_of_another_name_than_its_certificate_is_not_believed(
    guarded: Broker, authority: Authority
) -> None:
    right = {"sasl_username": USER, "sasl_password": PASSWORD, "cafile": authority.cafile}
    url = guarded.guarded_url.replace("localhost", "127.0.0.1")
    bus = KafkaBus.from_url(f"{url}&{CALM}&{urlencode(right)}")
    with pytest.raises(BusUnavailable, match=CHECK):
        await bus.ping()
    await bus.close()


def test_a_file_that_cannot_be_read_is_said_at_the_start() -> None:
    address = "kafka://localhost:9092?security_protocol=SASL_SSL&sasl_username=me"
    for options in ("&sasl_password=x&cafile=/nowhere/ca.pem", "&sasl_password_file=/nowhere/password"):
        with pytest.raises(ValueError, match=r"file.* in BUS_URL names no file that can be read: /nowhere/"):
            KafkaBus.from_url(address + options)
