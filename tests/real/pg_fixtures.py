"""The fixtures that hand tests a real PostgreSQL.

They never pretend: where no server can be had the test is skipped with the reason, or fails (see `required`).
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.real.postgres import Server, drop, empty_again, fresh_database, fresh_service_databases, running
from tests.real.postgres_programs import PostgresUnavailable
from tests.real.proxy import Proxy, proxy
from tests.real.required import REAL, absent


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """The server itself, one for the whole run. To kill one, start an `OwnServer` of your own."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running())
        except PostgresUnavailable as why:
            absent("postgres", str(why))
        yield server


@dataclass
class Lending:
    """Databases that are lent to one test after another, empty each time; made when none is there."""

    server: Server
    make: Callable[[Server], str]
    idle: list[str] = field(default_factory=list)

    @contextmanager
    def lent(self) -> Iterator[str]:
        url = self.idle.pop() if self.idle else self.make(self.server)
        yield url
        if not self.server.temporary:
            drop(self.server, url)
            return
        with suppress(psycopg.OperationalError):  # the test has dropped it, or renamed it: then it is not lent again
            empty_again(self.server, url)
            self.idle.append(url)


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: Server) -> dict[str, Lending]:
    makers = {"one": fresh_database, "services": fresh_service_databases}
    return {kind: Lending(postgres_server, make) for kind, make in makers.items()}


@pytest.fixture
def postgres_url(postgres_databases: dict[str, Lending], request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database for this test, `postgresql://...`."""
    request.node.user_properties.append((REAL, "postgres"))
    with postgres_databases["one"].lent() as url:
        yield url


@pytest.fixture
def postgres_service_url(postgres_databases: dict[str, Lending], request: pytest.FixtureRequest) -> Iterator[str]:
    """Empty databases for this test, one per service and one for keys, as one URL with `{service}` in it."""
    request.node.user_properties.append((REAL, "postgres"))
    with postgres_databases["services"].lent() as url:
        yield url


@pytest.fixture
def behind_proxy(postgres_url: str) -> Iterator[tuple[str, Proxy]]:
    """The same database by TCP, through a proxy that can fall silent."""
    parts = conninfo_to_dict(postgres_url)
    host, port = str(parts.get("host", "127.0.0.1")), int(str(parts.get("port", 5432)))
    with proxy(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)) as between:
        login = f"{parts['user']}:{parts['password']}" if "password" in parts else parts["user"]
        yield f"postgresql://{login}@127.0.0.1:{between.port}/{parts['dbname']}", between
