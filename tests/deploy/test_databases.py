"""The roles that deploy/compose/databases.sh makes: each service changes its own rows, and nothing else."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege

from tests.deploy.compose import OURS, make_secrets
from tests.e2e.composed_stores import postgres_or_absent
from tests.real.required import REAL

Connect = Callable[..., "psycopg.Connection[tuple[object, ...]]"]


@pytest.fixture(scope="module")
def connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connect]:
    """`connect("keys_url")`: with an address from the secrets, password and all; `dbname=` goes to another one."""
    secrets = make_secrets(tmp_path_factory.mktemp("databases"))
    with postgres_or_absent(secrets) as server:

        def to(secret: str, **other: str) -> "psycopg.Connection[tuple[object, ...]]":
            address = (secrets / secret).read_text().strip().replace("postgres:5432", f"127.0.0.1:{server.port}")
            return psycopg.connect(make_conninfo(address, **other), autocommit=True)

        yield to


@pytest.fixture(autouse=True)
def counted(request: pytest.FixtureRequest) -> None:
    request.node.user_properties.append((REAL, "postgres"))


@pytest.mark.parametrize("service", OURS)
def test_a_service_changes_rows_and_no_table(connect: Connect, service: str) -> None:
    with connect(f"{service}_migrations_url") as owner, connect(f"{service}_database_url") as role:
        owner.execute("CREATE TABLE things (id bigint GENERATED ALWAYS AS IDENTITY, name text)")
        role.execute("INSERT INTO things (name) VALUES ('one')")
        role.execute("UPDATE things SET name = 'two'")
        assert role.execute("SELECT id, name FROM things FOR UPDATE").fetchall() == [(1, "two")]
        role.execute("DELETE FROM things")
        for forbidden in (
            "CREATE TABLE mine (id int)",
            "ALTER TABLE things ADD x int",
            "DROP TABLE things",
            "TRUNCATE things",
        ):
            with pytest.raises(InsufficientPrivilege):
                role.execute(forbidden)


@pytest.mark.parametrize(
    "role", [*(f"{name}_{part}" for name in OURS for part in ("database_url", "migrations_url")), "keys_url"]
)
def test_a_role_gets_into_no_other_database(connect: Connect, role: str) -> None:
    own = role.partition("_")[0]
    for database in {*OURS, "keys", "postgres", "template1"} - {own}:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            connect(role, dbname=database)


def test_nobody_gets_in_without_the_password(connect: Connect) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect("customer_database_url", password="a guess")
