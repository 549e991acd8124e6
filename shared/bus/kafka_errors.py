"""What went wrong with Kafka, in a sentence that says what to check: aiokafka says "Unable to bootstrap" to it all."""

from collections.abc import Collection

from aiokafka.errors import IllegalStateError, KafkaConnectionError, KafkaError, UnknownTopicOrPartitionError

from shared.bus import BusUnavailable
from shared.bus.kafka_settings import KafkaSettings

TROUBLE = (KafkaError, IllegalStateError, TimeoutError, OSError)  # all that a call into aiokafka may raise


def unavailable(settings: KafkaSettings, doing: str, error: BaseException) -> BusUnavailable:
    servers = ",".join(settings.servers)
    if isinstance(error, TimeoutError):
        return BusUnavailable(f"Kafka at {servers} did not answer in time while {doing}; it may have happened or not.")
    if isinstance(error, UnknownTopicOrPartitionError):
        return BusUnavailable(f"Kafka at {servers} lacks a topic while {doing}. Make them by the command `topics`.")
    if isinstance(error, KafkaConnectionError | OSError):
        return BusUnavailable(
            f"No Kafka answers at {servers}. Check that it runs and can be reached from here, and in BUS_URL "
            "security_protocol, sasl_mechanism, sasl_username, sasl_password and cafile: a wrong one looks just like a "
            f"broker that is away. ({error})"
        )
    return BusUnavailable(f"Kafka at {servers} refused while {doing}: {error!r}")


def lacking(settings: KafkaSettings, topics: Collection[str]) -> BusUnavailable:
    names, servers = ", ".join(sorted(topics)), ",".join(settings.servers)
    return BusUnavailable(
        f"Kafka at {servers} has no topic {names}. Make the topics by the command `topics`, then try again."
    )
