"""How we speak to Kafka: what `BUS_URL` may say, and the settings without which aiokafka loses data.

`kafka://host:port[,host:port]?option=value&...`, values percent-encoded:

    security_protocol      PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL
    sasl_mechanism         SCRAM-SHA-512, SCRAM-SHA-256, PLAIN
    sasl_username, sasl_password or sasl_password_file
    cafile                 PEM file of the authority that signed the brokers' certificates; without it the system's
    instance_id            stable name of this process: it returns to its partitions without a rebalance
    session_timeout_ms     30000   a dead member's partitions are given away after this
    heartbeat_interval_ms  1000    a rebalance takes about this long
    request_timeout_ms     5000    one question to a broker
    publish_timeout_ms     10000   a whole `publish`
    stall_timeout_ms       60000   lag without progress for so long: the consumer is built anew
    replication_factor     -1      of new topics; -1 is what the brokers have set
"""

import os
import ssl
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from shared.bus import MOST_BYTES

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")
BATCH_BYTES = MOST_BYTES  # aiokafka's own 16 KiB costs a round trip per 35 events
REBALANCE_MS = 60_000
POLL_INTERVAL_MS = 300_000


@dataclass(frozen=True)
class KafkaSettings:
    servers: tuple[str, ...]
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password: str = field(default="", repr=False)
    sasl_password_file: str = ""
    cafile: str = ""
    instance_id: str = ""
    session_timeout_ms: int = 30_000
    heartbeat_interval_ms: int = 1_000
    request_timeout_ms: int = 5_000
    publish_timeout_ms: int = 10_000
    stall_timeout_ms: int = 60_000
    replication_factor: int = -1

    @classmethod
    def from_url(cls, url: str) -> "KafkaSettings":
        parts = urlsplit(url)
        servers = tuple(server for server in parts.netloc.split(",") if server)
        if parts.scheme != "kafka" or not servers or parts.path.strip("/") or "@" in parts.netloc:
            raise ValueError(
                "BUS_URL must be kafka://host:port[,host:port]?option=value; user and password are options."
            )
        return cls(servers, **_options(parts.query))

    def __post_init__(self) -> None:
        _one_of("security_protocol", self.security_protocol, PROTOCOLS)
        _one_of("sasl_mechanism", self.sasl_mechanism, MECHANISMS)
        _readable("cafile", self.cafile)
        _readable("sasl_password_file", self.sasl_password_file)
        if self.security_protocol.startswith("SASL") and not (self.sasl_username and self._password()):
            raise ValueError(f"{self.security_protocol} in BUS_URL needs sasl_username and sasl_password(_file).")
        if self.heartbeat_interval_ms * 3 > self.session_timeout_ms:
            raise ValueError("session_timeout_ms in BUS_URL must be at least three times heartbeat_interval_ms.")

    def connection(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": list(self.servers),
            "request_timeout_ms": self.request_timeout_ms,
            "security_protocol": self.security_protocol,
            "ssl_context": self._ssl_context(),
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username or None,
            "sasl_plain_password": self._password() or None,
        }

    def producer(self) -> dict[str, Any]:
        return {**self.connection(), "acks": "all", "enable_idempotence": True, "max_batch_size": BATCH_BYTES}

    def consumer(self, group: str) -> dict[str, Any]:
        return {
            **self.connection(),
            # Joining a group is one request that waits for a dead member's session. One that gave up earlier would
            # join again under a new name, and its old name would be the next dead member.
            "request_timeout_ms": max(self.request_timeout_ms, self.session_timeout_ms + 5_000),
            "group_id": group,
            "group_instance_id": self.instance_id or None,
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "session_timeout_ms": self.session_timeout_ms,
            "heartbeat_interval_ms": self.heartbeat_interval_ms,
            "rebalance_timeout_ms": REBALANCE_MS,
            "max_poll_interval_ms": POLL_INTERVAL_MS,
        }

    def _password(self) -> str:
        if self.sasl_password_file:
            return Path(self.sasl_password_file).read_text().strip()
        return self.sasl_password

    def _ssl_context(self) -> ssl.SSLContext | None:
        if "SSL" not in self.security_protocol.split("_"):
            return None
        return ssl.create_default_context(cafile=self.cafile or None)


def _options(query: str) -> dict[str, Any]:
    known = {option.name: option.type for option in fields(KafkaSettings) if option.name != "servers"}
    found: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := found.keys() - known.keys():
        raise ValueError(f"BUS_URL has unknown options {sorted(unknown)}; known are {sorted(known)}.")
    return {name: _number(name, text) if known[name] is int else text for name, text in found.items()}


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{name} in BUS_URL must be a whole number, not {text!r}.") from None


def _readable(name: str, path: str) -> None:
    if path and not os.access(path, os.R_OK):
        raise ValueError(f"{name} in BUS_URL names no file that can be read: {path}")


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{name} in BUS_URL must be one of {', '.join(known)}, not {value!r}.")
