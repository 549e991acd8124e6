"""A Kafka that asks who may: one user for each service with the rights that `acls` prints, and one for web forms."""

import os
import subprocess
from pathlib import Path

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from tests.real.kafka import PASSWORD, Broker
from tests.real.kafka_parts import jars, java

STRICT = """\
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""
TOOL = """\
#!/bin/sh
exec '{java}' -XX:TieredStopAtLevel=1 -cp '{jars}/*' org.apache.kafka.tools.AclCommand "$@"
"""


class StrictBroker(Broker):
    """On its open listener everybody may everything, as its operators; behind the other nobody may, until told so."""

    def _format(self) -> None:
        super()._format()
        with self._settings().open("a") as settings:
            settings.write(STRICT)

    def url_of(self, user: str) -> str:
        return f"{self.guarded_url}&sasl_username={user}&sasl_password={PASSWORD.replace(' ', '%20')}"

    def let_in(self, *users: str) -> None:
        """Who they are is known then, and nothing more."""
        how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        known: list[UserScramCredentialAlteration] = [
            UserScramCredentialUpsertion(user, how, PASSWORD.encode()) for user in users
        ]
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        for done in admin.alter_user_scram_credentials(known).values():
            done.result()

    def run(self, script: str) -> None:
        """As an operator does: Kafka's own `kafka-acls.sh` is in the PATH."""
        tool: Path = self.folder / "kafka-acls.sh"
        tool.write_text(TOOL.format(java=java(), jars=jars()))
        tool.chmod(0o755)
        done = subprocess.run(  # noqa: S603
            ["/bin/sh", "-s", "--", "--bootstrap-server", self.bootstrap],
            input=script,
            env=os.environ | {"PATH": f"{self.folder}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
