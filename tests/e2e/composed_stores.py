"""PostgreSQL and Kafka as docker-compose.yml has them: the roles of its script, the properties of its broker."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp

from tests.deploy.compose import ROOT
from tests.real.kafka import Broker
from tests.real.kafka_parts import jars, java
from tests.real.ports import free_ports
from tests.real.postgres import OwnServer
from tests.real.postgres_programs import PostgresUnavailable
from tests.real.required import absent

ONLY_WITH_A_PASSWORD = """\
local all postgres trust
host all all 127.0.0.1/32 scram-sha-256
"""


class ComposedPostgres(OwnServer):
    """On a port of loopback, where everybody needs a password."""

    def __init__(self) -> None:
        super().__init__()
        self.port = free_ports(1)
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(f"listen_addresses = '127.0.0.1'\nport = {self.port}\n")
        (self.data / "pg_hba.conf").write_text(ONLY_WITH_A_PASSWORD)

    def url(self, database: str = "") -> str:
        return f"{super().url(database)}&port={self.port}"

    def make_databases(self, secrets: Path) -> None:
        """By the script that the container runs at its first start."""
        reached = {"PGHOST": str(self.folder), "PGPORT": str(self.port), "SECRETS": str(secrets)}
        path = {"PATH": f"{self.programs}:{os.environ['PATH']}"}
        script = ROOT / "deploy/compose/databases.sh"
        done = subprocess.run(["bash", script], env=os.environ | reached | path, capture_output=True, text=True)  # noqa: S603, S607
        assert (done.returncode, done.stderr) == (0, ""), done.stderr


class ComposedBroker(Broker):
    """Its properties are written by the program that the image runs first, out of the container's environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        jars(), java()  # what is missing is said here, before anything starts
        super().__init__(Path(mkdtemp(prefix="rainmaker-kafka-")))
        self._environment = environment
        self._cluster = environment["CLUSTER_ID"]

    def _format(self) -> None:
        port = self.bootstrap.rpartition(":")[2]
        here = {"9092": port, "9093": str(self._controller), "//kafka:": "//127.0.0.1:"}
        here |= {"PLAINTEXT://:": "PLAINTEXT://127.0.0.1:", "/var/lib/kafka/data": str(self.folder / "data")}
        given = {name: _replaced(value, here) for name, value in self._environment.items()}
        *command, _ = self._java("-Xmx128m", "kafka.docker.KafkaDockerWrapper")
        empty = self.folder / "empty"  # there is neither a default of the image nor a file that is mounted over it
        empty.mkdir()
        folders = {"default": empty, "mounted": empty, "final": self.folder}
        command += ["setup", *(f"--{kind}-configs-dir={folder}" for kind, folder in folders.items())]
        done = subprocess.run(command, env=os.environ | given, capture_output=True, check=False)  # noqa: S603
        assert done.returncode == 0, done.stderr.decode()[-2000:]


@contextmanager
def postgres_or_absent(secrets: Path) -> Iterator[ComposedPostgres]:
    """With its databases; where none can be had the test is skipped with the reason, or fails."""
    with ExitStack() as stack:
        try:
            server = ComposedPostgres()
            stack.callback(server.remove)
            server.start()
        except PostgresUnavailable as why:
            absent("postgres", str(why))
        server.make_databases(secrets)
        yield server


def _replaced(value: str, here: Mapping[str, str]) -> str:
    for there, instead in here.items():
        value = value.replace(there, instead)
    return value
