"""A real Apache Kafka of our own: one KRaft node on loopback, started, stopped, killed and frozen at will.

`python -m tests.real.kafka` runs one in the foreground and prints its `BUS_URL`. `KAFKA_BOOTSTRAP=host:port` in the
environment names a broker that runs already; that one is used and never stopped. Raises `KafkaMissing`, with the
reason, where no Kafka can be had.
"""

import asyncio
import base64
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.real.kafka_parts import KafkaMissing, jars, java
from tests.real.ports import scattered_ports

SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},{guard}://127.0.0.1:{guarded},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{advertised},{guard}://{guarded_host}:{guarded}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,{guard}:{guard},CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.{guard_name}.scram-sha-512.sasl.jaas.config={jaas}
log.dirs={folder}/data
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=100
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=200
log.cleaner.dedupe.buffer.size=2097152
num.network.threads=2
num.io.threads=2
background.threads=2
"""
TLS = """\
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
"""
JAAS = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
USER, PASSWORD = "rainmaker", "open sesame"
START_SECONDS = 120.0  # 1.4 s on an idle machine; the rest is for one that is not


class Broker:
    """One broker in one folder on one port; a restart finds its data again.

    A second port lets only `USER` in: over TLS where there is a `keystore`, a PEM file for the host `localhost`.
    """

    def __init__(self, folder: Path, bootstrap: str = "", keystore: Path | None = None) -> None:
        self.folder, self._keystore = folder, keystore
        self.ours = not bootstrap
        port, guarded, self._controller = scattered_ports(3)
        self.bootstrap = bootstrap or f"127.0.0.1:{port}"
        self.advertised = port
        """Where it tells its clients to find it: another port where something stands in between."""
        self.guarded = f"{'localhost' if keystore else '127.0.0.1'}:{guarded}"
        self._guard = "SASL_SSL" if keystore else "SASL_PLAINTEXT"
        # 22 characters of base64; a first one of "-" would be taken for an option when the folder is formatted.
        self._cluster = "R" + base64.urlsafe_b64encode(secrets.token_bytes(16)).decode()[1:22]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"kafka://{self.bootstrap}"

    @property
    def guarded_url(self) -> str:
        """The listener that lets only `USER` in."""
        return f"kafka://{self.guarded}?security_protocol={self._guard}"

    @property
    def alive(self) -> bool:
        return not self.ours or (self._process is not None and self._process.poll() is None)

    def start(self) -> None:
        """Returns when this very broker, not another on its port, answers an admin call."""
        if not self.ours:
            return
        if not (self.folder / "data").exists():
            self._format()
        command = self._java("-Xmx256m", "-XX:+UseSerialGC", "kafka.Kafka")
        with self._log().open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603
        self._wait_until_ready(self._process)

    def stop(self) -> None:
        """SIGTERM, ten seconds to write down what it knows, then SIGKILL."""
        if self._process is None:
            return
        self.thaw()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """What a power cut does, as far as the broker can tell."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Connections stay open and nothing answers: the fault that no error message reports. The signal alone is not
        enough: a thread that is running may yet answer, so this waits until all of them stand still."""
        self._signal(signal.SIGSTOP)
        assert self._process is not None
        os.waitpid(self._process.pid, os.WUNTRACED)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def wait(self) -> int:
        return self._process.wait() if self._process is not None else 0

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _log(self) -> Path:
        return self.folder / "broker.log"

    def _java(self, *options: str) -> list[str]:
        *flags, main = options
        return [java(), *flags, "-XX:TieredStopAtLevel=1", "-cp", f"{jars()}/*", main, str(self._settings())]

    def _settings(self) -> Path:
        return self.folder / "server.properties"

    def _format(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        host, _, guarded = self.guarded.rpartition(":")
        settings_text = SETTINGS.format(
            port=self.bootstrap.rpartition(":")[2],
            advertised=self.advertised,
            guarded=guarded,
            guarded_host=host,
            guard=self._guard,
            guard_name=self._guard.lower(),
            controller=self._controller,
            folder=self.folder,
            jaas=JAAS,
        )
        self._settings().write_text(settings_text + (TLS.format(keystore=self._keystore) if self._keystore else ""))
        *command, settings = self._java("-Xmx128m", "kafka.tools.StorageTool")
        command += ["format", "-t", self._cluster, "-c", settings]
        command += ["--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
        if done.returncode:
            raise RuntimeError(f"Kafka could not format its folder: {done.stderr.decode()[-2000:]}")

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise RuntimeError(f"Kafka ended with {process.returncode}: {self._log().read_text()[-2000:]}")
            if asyncio.run(_cluster_id(self.bootstrap)) == self._cluster:
                return
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"Kafka was not ready after {START_SECONDS} s: {self._log().read_text()[-2000:]}")


def fresh_broker() -> Broker:
    """The broker that `KAFKA_BOOTSTRAP` names, else a new one in a new folder; not yet started."""
    bootstrap = os.environ.get("KAFKA_BOOTSTRAP", "")
    if not bootstrap:
        jars(), java()  # what is missing is said here, before anything starts
    return Broker(Path(tempfile.mkdtemp(prefix="rainmaker-kafka-")), bootstrap)


@contextlib.contextmanager
def running(broker: Broker | None = None) -> Iterator[Broker]:
    """This broker, or a fresh one, started; gone afterwards, folder and all. Raises `KafkaMissing`."""
    broker = broker or fresh_broker()
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(broker.folder, ignore_errors=True)


async def _cluster_id(bootstrap: str) -> str:
    """Which cluster answers there, or "" when none does (yet)."""
    host, _, port = bootstrap.rpartition(":")
    with contextlib.suppress(OSError):  # a closed port is no news: aiokafka would log each try as an error
        socket.create_connection((host, int(port)), 1).close()
        return await _ask_cluster_id(bootstrap)
    return ""


async def _ask_cluster_id(bootstrap: str) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=2000)
    try:
        async with asyncio.timeout(2):
            await admin.start()
            cluster = await admin.describe_cluster()
            return str(cluster["cluster_id"]) if cluster["brokers"] else ""  # it answers a while before it is let in
    except (KafkaError, TimeoutError):
        return ""
    finally:
        await admin.close()


def main() -> None:
    """Serve until Ctrl-C or SIGTERM; the folder goes with the broker."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with running() as broker:
            print(f"BUS_URL={broker.url}", flush=True)
            broker.wait()
    except KafkaMissing as missing:
        raise SystemExit(f"make kafka: {missing}") from None
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
