"""The real PostgreSQL that other tests stand on is real: it keeps its promises when it is killed."""

from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from tests.real.postgres import (
    STORES,
    OutsideServer,
    OwnServer,
    Server,
    drop,
    fresh_service_databases,
)
from tests.real.postgres_programs import PostgresUnavailable


@pytest.fixture
def own_server(postgres_server: Server) -> Iterator[OwnServer]:
    try:
        server = OwnServer()
    except PostgresUnavailable as why:
        pytest.skip(f"DATABASE_URL is used, and no server of our own can be had: {why}")
    server.start()
    yield server
    server.remove()


def test_what_was_committed_is_there_after_a_kill(own_server: OwnServer) -> None:
    with psycopg.connect(own_server.url(), autocommit=True) as before:
        before.execute("CREATE TABLE kept (n int)")
        before.execute("INSERT INTO kept VALUES (42)")
        own_server.kill()
    assert not own_server.is_running()
    own_server.start()
    with psycopg.connect(own_server.url()) as after:
        assert after.execute("SELECT n FROM kept").fetchall() == [(42,)]


def test_durability_is_not_traded_for_speed(postgres_server: Server) -> None:
    with psycopg.connect(postgres_server.url()) as connection:
        shown = {name: connection.execute(f"SHOW {name}").fetchall()[0][0] for name in ("fsync", "synchronous_commit")}
    assert shown == {"fsync": "on", "synchronous_commit": "on"}


def test_nine_processes_with_their_pools_find_room(own_server: OwnServer) -> None:
    with ExitStack() as stack:
        for _ in range(250):
            stack.enter_context(psycopg.connect(own_server.url()))


def test_every_store_has_a_database_that_is_empty(postgres_service_url: str) -> None:
    for store in STORES:
        with psycopg.connect(postgres_service_url.format(service=store)) as connection:
            tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert tables == [(0,)]


def test_what_one_test_writes_no_other_sees(postgres_server: Server, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE mine (n int)")
    with psycopg.connect(postgres_server.url()) as connection:
        assert connection.execute("SELECT to_regclass('mine')").fetchall() == [(None,)]


def test_databases_on_a_server_of_others_are_dropped(postgres_server: Server) -> None:
    url = fresh_service_databases(postgres_server)
    drop(postgres_server, url)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url.format(service="customer"))


@pytest.mark.parametrize(
    ("given", "admin"),
    [
        ("postgresql://ann:pw@db.example:5433/own", "postgresql://ann:pw@db.example:5433/own"),
        ("postgresql+psycopg://db.example/{service}", "postgresql://db.example/postgres"),
        ("postgresql://ann@/x_{service}?host=/run/pg", "postgresql://ann@/postgres?host=/run/pg"),
    ],
)
def test_a_server_of_others_is_reached_by_its_own_url(given: str, admin: str) -> None:
    server = OutsideServer(given)
    assert server.url() == admin
    assert server.url("t_1").partition("?")[0].endswith("/t_1")
