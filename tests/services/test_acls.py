"""The rights that `acls` prints, on a real Kafka that asks: enough for each service, and not more."""

import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services import of_name
from shared.bus import BusUnavailable
from shared.bus.kafka import KafkaBus
from shared.service.command import commands
from tests.deploy.compose import OURS, ROOT
from tests.real.fixtures import kafka_or_absent
from tests.real.kafka import Broker
from tests.real.kafka_strict import StrictBroker
from tests.real.required import REAL
from tests.shared.bus.conftest import CALM, numbered, read

ALL = {topic for name in OURS for topic in of_name(name).topics}
FORMS = re.findall(r"^kafka-acls.sh .*User:web-forms.*$", (ROOT / "docs/deploy.md").read_text(), re.MULTILINE)
As = Callable[[str], AbstractAsyncContextManager[KafkaBus]]


@pytest.fixture(autouse=True)
def counted(request: pytest.FixtureRequest) -> None:
    request.node.user_properties.append((REAL, "kafka"))


@pytest.fixture(scope="module")
def strict(kafka: Broker) -> Iterator[StrictBroker]:
    """A broker of its own, beside that of the run."""
    if not kafka.ours:
        pytest.skip("KAFKA_BOOTSTRAP names a broker whose rights are not ours to give")
    folder = Path(tempfile.mkdtemp(prefix="rainmaker-kafka-strict-"))
    with kafka_or_absent(lambda: StrictBroker(folder)) as broker:
        assert isinstance(broker, StrictBroker)
        broker.let_in(*OURS, "web-forms", "stranger")
        broker.run("\n".join([*map(printed, OURS), *(line.replace("...", broker.bootstrap) for line in FORMS)]))
        yield broker


@pytest.fixture
def acting(strict: StrictBroker) -> As:
    @asynccontextmanager
    async def acting(user: str) -> AsyncIterator[KafkaBus]:
        bus = KafkaBus.from_url(f"{strict.url_of(user)}&{CALM}")
        yield bus
        await bus.close()

    return acting


def printed(name: str) -> str:
    """What `python -m services.NAME_svc acls` prints."""
    done = CliRunner().invoke(commands(of_name(name)), ["acls"])
    assert done.exit_code == 0
    return done.stdout


async def tell(broker: StrictBroker, topics: set[str]) -> None:
    """One message on each, by those who may everything."""
    bus = KafkaBus.from_url(f"{broker.url}?{CALM}")
    await bus.create_topics(dict.fromkeys(topics, 6))
    await bus.publish([message for topic in sorted(topics) for message in numbered(topic, 1)])
    await bus.close()


@pytest.mark.parametrize("name", OURS)
async def test_a_service_makes_its_topics_states_its_facts_and_reads_the_others(
    name: str, acting: As, strict: StrictBroker
) -> None:
    service = of_name(name)
    own, others = ({event.TOPIC for event in events} for events in (service.facts, service.receives))
    async with acting(name) as bus:
        await bus.ping()
        await bus.create_topics(service.topics)
        await bus.publish([message for topic in sorted(own) for message in numbered(topic, 1)])
        await tell(strict, others)
        for group in service.groups:
            async with bus.consume(group, sorted(others)) as consumer:
                assert {record.message.topic for record in await read(consumer, len(others))} == others


@pytest.mark.parametrize("user", [*OURS, "web-forms", "stranger"])
async def test_nobody_states_the_facts_of_another(user: str, acting: As) -> None:
    """Above all: whoever could write a topic of API keys could let anyone in."""
    mine = {event.TOPIC for event in of_name(user).facts} if user in OURS else set()
    mine |= {"inbound-leads"} if user == "web-forms" else set()
    async with acting(user) as bus:
        for topic in sorted(ALL - mine):
            with pytest.raises(BusUnavailable, match="AuthorizationFailed"):
                await bus.publish(numbered(topic, 1))


@pytest.mark.parametrize("user", [*OURS[1:], "web-forms", "stranger"])
async def test_what_is_submitted_about_persons_is_read_by_its_service_alone(
    user: str, acting: As, strict: StrictBroker
) -> None:
    await tell(strict, {"inbound-leads"})
    refused = "AuthorizationFailed|has no topic inbound-leads"  # who may nothing with a topic is not even shown it
    async with acting(user) as bus:
        with pytest.raises(BusUnavailable, match=refused):
            async with bus.consume(f"rainmaker-{user}", ["inbound-leads"]) as consumer:
                await read(consumer, 1)
