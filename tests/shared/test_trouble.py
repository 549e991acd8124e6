"""Trouble that passes is waited for; nonsense is not, whatever the driver calls it."""

import secrets

import pytest
from sqlalchemy import text

from shared.database import Database, Tx
from shared.trouble import may_pass
from tests.shared.facts import BY

NONSENSE = {
    "sqlite": ["SELECT * FROM nowhere", "SELECT json_extract('{', '$.a')"],
    "postgresql": ["SELECT * FROM nowhere", "SELECT '{'::json"],
}


async def test_a_statement_that_can_never_work_is_a_fault_and_no_trouble(database: Database) -> None:
    def say(tx: Tx, statement: str) -> None:
        tx.session.execute(text(statement))

    for statement in NONSENSE[database.dialect]:
        with pytest.raises(Exception, match=r"no such table|malformed JSON|does not exist|invalid input") as told:
            await database.write(say, statement, by=BY)
        assert not may_pass(told.value)


async def test_what_is_too_long_for_an_index_of_postgresql_is_a_fault_and_no_trouble(postgres_url: str) -> None:
    db = Database(postgres_url, service="test")

    def store(tx: Tx) -> None:
        tx.session.execute(text("CREATE TABLE long (name VARCHAR PRIMARY KEY)"))
        tx.session.execute(text("INSERT INTO long VALUES (:name)"), {"name": secrets.token_hex(20_000)})

    with pytest.raises(Exception, match="index row") as told:
        await db.write(store, by=BY)
    assert not may_pass(told.value)
    await db.close()
