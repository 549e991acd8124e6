"""What `BUS_URL` may say about Kafka, and how it is refused."""

import logging
from pathlib import Path

import pytest

from shared.bus.kafka_logs import Sparing
from shared.bus.kafka_settings import KafkaSettings


def test_servers_and_options_are_read_from_the_address(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("p@ss\n")
    settings = KafkaSettings.from_url(
        "kafka://one:9092,two:9092?security_protocol=SASL_PLAINTEXT&sasl_username=a%40b&session_timeout_ms=9000"
        f"&sasl_password_file={tmp_path}/secret"
    )
    connection = settings.connection()
    assert connection["bootstrap_servers"] == ["one:9092", "two:9092"]
    assert (connection["sasl_plain_username"], connection["sasl_plain_password"]) == ("a@b", "p@ss")
    assert settings.consumer("g")["session_timeout_ms"] == 9000


def test_tls_verifies_the_broker() -> None:
    context = KafkaSettings.from_url("kafka://one:9093?security_protocol=SSL").connection()["ssl_context"]
    assert context.check_hostname


def test_a_join_may_take_longer_than_a_dead_member_holds_its_session() -> None:
    consumer = KafkaSettings.from_url("kafka://one:9092").consumer("g")
    assert consumer["request_timeout_ms"] > consumer["session_timeout_ms"]


def test_the_password_is_not_shown() -> None:
    shown = repr(KafkaSettings(("h:1",), "SASL_SSL", sasl_username="u", sasl_password="hunter2"))
    assert "hunter2" not in shown


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("kafka://", "must be kafka://host:port"),
        ("kafka://user:pw@host:1", "user and password are options"),
        ("kafka://h:1?compression=zstd", r"unknown options \['compression'\]; known are"),
        ("kafka://h:1?session_timeout_ms=soon", "session_timeout_ms in BUS_URL must be a whole number, not 'soon'"),
        ("kafka://h:1?security_protocol=TLS", "must be one of PLAINTEXT, SSL"),
        ("kafka://h:1?sasl_mechanism=GSSAPI", "must be one of SCRAM-SHA-512"),
        ("kafka://h:1?security_protocol=SASL_SSL", "needs sasl_username"),
        ("kafka://h:1?heartbeat_interval_ms=20000", "at least three times"),
    ],
)
def test_a_wrong_address_is_refused_with_a_sentence(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        KafkaSettings.from_url(url)


def test_a_storm_of_one_log_message_is_let_through_once_in_a_while() -> None:
    now = [100.0]
    sparing = Sparing(lambda: now[0])

    def let_through(template: str) -> str | None:
        record = logging.LogRecord("aiokafka.client", logging.ERROR, "", 0, template, ("x",), None)
        return record.getMessage() if sparing.filter(record) else None

    assert [let_through("cannot reach %s") for _ in range(100)] == ["cannot reach x"] + [None] * 99
    assert let_through("another %s") == "another x"
    now[0] += 11
    assert let_through("cannot reach %s") == "cannot reach x (and 99 more like it in 11 s)"
