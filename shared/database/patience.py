"""How long the other end of a connection to PostgreSQL is waited for, here and there: by default hours, or for ever.

After a failover, a lost entry of a NAT or a power cut nobody says that the other is gone; one that is frozen even
confirms what it is sent.
"""

from collections.abc import Collection
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

USUAL_SECONDS = 5.0
"""The time a unit of work has unless it says otherwise; also what PostgreSQL allows one statement."""
GRACE_SECONDS = 2.0
"""PostgreSQL ends a statement whose time is over: when it has not said so after this long, it will not."""
HERE = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
THERE = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
"""The server's own: a session whose machine is gone ends, and its locks with it."""


class Connection(psycopg.Connection[Any]):
    """One that is closed when an answer takes longer than `patience`, in seconds; without one it waits for ever."""

    patience: float | None = USUAL_SECONDS + GRACE_SECONDS

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError as error:
            said_by_server = error.sqlstate is not None
            if not said_by_server and self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()  # what may still come would be taken for the answer to the next question
            raise


def patience(said: Collection[str]) -> dict[str, Any]:
    """What libpq is told, but for what the address itself says (`?connect_timeout=10`)."""
    return {name: value for name, value in HERE.items() if name not in said}


def set_for_session(connection: psycopg.Connection[Any], settings: dict[str, str]) -> None:
    """One way to the server and back for all of them."""
    with connection.cursor() as cursor:
        cursor.executemany("SELECT set_config(%s, %s, false)", list(settings.items()))
