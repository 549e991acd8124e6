"""The fixtures that hand tests a real PostgreSQL.

They never pretend: where no server can be had the test is skipped with the reason, or fails (see `required`).
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.real.postgres import Server, drop, fresh_database, fresh_service_databases, running
from tests.real.postgres_programs import PostgresUnavailable
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


@pytest.fixture
def postgres_url(postgres_server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """A new empty database for this test, `postgresql://...`."""
    request.node.user_properties.append((REAL, "postgres"))
    yield from _lent(postgres_server, fresh_database(postgres_server))


@pytest.fixture
def postgres_service_url(postgres_server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """New empty databases for this test, one per service and one for keys, as one URL with `{service}` in it."""
    request.node.user_properties.append((REAL, "postgres"))
    yield from _lent(postgres_server, fresh_service_databases(postgres_server))


def _lent(server: Server, url: str) -> Iterator[str]:
    yield url
    if not server.temporary:
        drop(server, url)
