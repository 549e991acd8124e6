"""What the Kafka bus sets, refuses and says, on a real broker."""

import asyncio
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.bus import BusUnavailable
from shared.bus.kafka import KafkaBus
from tests.eventually import eventually
from tests.real.kafka import PASSWORD, USER, Broker
from tests.shared.bus.conftest import CALM, make, numbered, read, values


async def test_the_settings_that_keep_data_are_in_the_living_objects(bus: KafkaBus, topic: str) -> None:
    await bus.publish(numbered(topic, 1))
    producer = bus._producer
    assert producer._sender._acks == -1  # all
    assert producer._txn_manager.has_pid()  # idempotent
    async with bus.consume("settings", [topic]) as consumer:
        reader = consumer._reader
        assert reader._enable_auto_commit is False
        assert reader._auto_offset_reset == "earliest"
        assert reader._session_timeout_ms == 120_000
        assert reader._heartbeat_interval_ms == 300
        assert reader._rebalance_timeout_ms == 60_000


async def test_a_topic_that_is_missing_is_said_at_once_with_the_command_that_makes_it(
    kafka: Broker, impatient: KafkaBus
) -> None:
    endless = KafkaBus.from_url(f"{kafka.url}?request_timeout_ms=600000")  # for so long Kafka's client waits by itself
    async with asyncio.timeout(120):
        with pytest.raises(BusUnavailable, match=r"has no topic nowhere.*command `topics`"):
            async with endless.consume("missing", ["nowhere"]):
                pass
    await endless.close()

    async def refused() -> bool:
        with pytest.raises(BusUnavailable) as why:
            await impatient.publish(numbered("nowhere", 1))
        return "command `topics`" in str(why.value)  # and not that it was not in time

    await eventually(refused)


async def test_a_wrong_protocol_says_what_to_check(kafka: Broker, topic: str) -> None:
    bus = KafkaBus.from_url(f"{kafka.url}?security_protocol=SSL&{CALM}")
    for attempt in (bus.ping(), bus.publish(numbered(topic, 1))):
        with pytest.raises(BusUnavailable, match="security_protocol, sasl_mechanism"):
            await attempt
    with pytest.raises(BusUnavailable, match="security_protocol, sasl_mechanism"):
        async with bus.consume("wrong", [topic]):
            pass
    await bus.close()


async def test_a_password_opens_the_door_and_a_wrong_one_says_what_to_check(
    hurt: Broker, topic: str, tmp_path: Path
) -> None:
    await make(hurt, topic, partitions=2)
    (tmp_path / "password").write_text(PASSWORD + "\n")
    bus = KafkaBus.from_url(f"{hurt.guarded_url}&{CALM}&sasl_username={USER}&sasl_password_file={tmp_path}/password")
    await bus.publish(numbered(topic, 2))
    async with bus.consume("guarded", [topic]) as consumer:
        assert values(await read(consumer, 2)) == [b"0", b"1"]
    await bus.close()
    intruder = KafkaBus.from_url(f"{hurt.guarded_url}&{CALM}&sasl_username={USER}&sasl_password=guessed")
    with pytest.raises(BusUnavailable, match="sasl_username, sasl_password") as refused:
        await intruder.publish(numbered(topic, 1))
    assert "guessed" not in str(refused.value)
    await intruder.close()


async def test_what_others_submit_is_kept_for_a_shorter_time(kafka: Broker, bus: KafkaBus) -> None:
    topics = [ConfigResource(ConfigResourceType.TOPIC, name) for name in ("inbound-kept", "facts-kept")]
    await bus.create_topics({topic.name: 1 for topic in topics})
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    told = [resource for answer in await admin.describe_configs(topics) for resource in answer.resources]
    await admin.close()
    days = {one[3]: int(dict(entry[:2] for entry in one[4])["retention.ms"]) // 86_400_000 for one in told}
    assert days == {"inbound-kept": 7, "facts-kept": 14}


async def test_a_message_too_big_for_the_broker_fails_for_its_caller_alone(bus: KafkaBus, topic: str) -> None:
    big = numbered(topic, 3)
    for message in big:
        object.__setattr__(message, "value", b"x" * 500_000)
    await bus.publish(big)  # each fills a batch
    object.__setattr__(big[0], "value", b"x" * 1_000_000)
    with pytest.raises(ValueError, match="at most 524288"):
        await bus.publish(big)
    async with bus.consume("big", [topic]) as consumer:
        assert [len(value) for value in values(await read(consumer, 3))] == [500_000] * 3
