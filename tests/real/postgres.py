"""A real PostgreSQL for tests and trials: the one that `DATABASE_URL` names, or one of our own from a wheel.

It keeps what it has committed (fsync stays on), so a test may kill it. As a program it runs one until Ctrl-C.
"""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.real.postgres_programs import PostgresUnavailable, Programs

STORES = ("customer", "campaign", "analytics", "keys")
"""What `{service}` in a DATABASE_URL stands for: the three services, and the store of the persons' keys."""

START_SECONDS = 120
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{folder}'
max_connections = 300        # nine processes with their pools, beside the tests themselves
timezone = 'UTC'
"""


class Server(Protocol):
    """Where databases are made. A temporary one goes away as a whole, databases and all."""

    temporary: bool

    def url(self, database: str = "") -> str:
        """Of this database; without one, of the database to make others from."""


class OutsideServer:
    """The server of the environment's DATABASE_URL. Its role must be allowed to create databases."""

    temporary = False

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url.replace("postgresql+psycopg://", "postgresql://", 1))

    def url(self, database: str = "") -> str:
        given = self._url.path.removeprefix("/")
        return self._url._replace(path="/" + (database or ("postgres" if "{" in given else given))).geturl()


class OwnServer:
    """One server in its own folder, reached by a socket there. `kill` is `kill -9`; `start` brings it back."""

    temporary = True

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rainmaker-pg-"))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._programs = Programs(self.folder)
            identity = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
            self._programs.run("initdb", "-D", self.data, *identity)
        except BaseException:
            self.remove()
            raise
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(SETTINGS.format(folder=self.folder))

    def url(self, database: str = "") -> str:
        return f"postgresql://postgres@/{database or 'postgres'}?host={self.folder}"

    def start(self) -> None:
        """Returns when it answers. While a killed server's sessions die, a new one refuses: it is tried again."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if not self.is_running():
                self._process = self._programs.spawn("postgres", "-D", self.data, log=self.log)
            if time.monotonic() > deadline:
                end = self.log.read_text(errors="replace")[-2000:]
                raise PostgresUnavailable(f"it did not answer within {START_SECONDS} s; its log ends\n{end}")
            time.sleep(0.05)

    @property
    def programs(self) -> Path:
        """The folder of `psql` and the others."""
        return self._programs.folder

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As the power switch would, for this process: nothing is written any more."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGINT)  # "fast": sessions are cut, what is committed is on disk

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        if not self.is_running():
            return False
        with suppress(psycopg.OperationalError), psycopg.connect(self.url(), connect_timeout=5):
            return True
        return False

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


@contextmanager
def running() -> Iterator[Server]:
    """The outside server if DATABASE_URL is PostgreSQL's, else one of our own, gone afterwards."""
    outside = os.environ.get("DATABASE_URL", "")
    if outside.startswith("postgres"):
        yield OutsideServer(outside)
        return
    own = OwnServer()
    try:
        own.start()
        yield own
    finally:
        own.remove()


def fresh_database(server: Server) -> str:
    """A new empty database, as its URL."""
    name = "t_" + secrets.token_hex(4)
    _each(server, "CREATE DATABASE {} TEMPLATE template0", [name])
    return server.url(name)


def fresh_service_databases(server: Server) -> str:
    """Four new empty databases, one for each store, as one URL with `{service}` in it."""
    stem = "t_" + secrets.token_hex(4)
    _each(server, "CREATE DATABASE {} TEMPLATE template0", [f"{stem}_{store}" for store in STORES])
    return server.url(stem + "_{service}")


def empty_again(server: Server, url: str) -> None:
    """What one of the two above has made, as it was: emptying costs a fraction of making, and hardly any disk."""
    path = urlsplit(url).path.removeprefix("/")
    for name in sorted({path.format(service=store) for store in STORES}):
        with psycopg.connect(server.url(name), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
            connection.execute("SELECT pg_stat_reset()")


def drop(server: Server, url: str) -> None:
    """Remove what one of the two above has made. Not needed on a temporary server: each drop costs a checkpoint."""
    name = urlsplit(url).path.removeprefix("/")
    _each(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", sorted({name.format(service=store) for store in STORES}))


def _each(server: Server, statement: str, databases: Sequence[str]) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        for name in databases:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def main() -> None:
    with running() as server:
        ends = {signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)
        print(f"PostgreSQL is ready, with an empty database for each of {', '.join(STORES)}:")
        print(f"DATABASE_URL='{fresh_service_databases(server)}'")
        print("Ctrl-C ends it" + (" and removes its data" if server.temporary else ""), flush=True)
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
