"""Trouble that passes is waited for; nonsense is not, whatever the driver calls it."""

import secrets
import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shared.database import Database, Tx
from shared.problems import Problem
from shared.trouble import as_problem, may_pass
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


class Said(Exception):
    """What a driver raises: words in the language of its server, and a code that is the same in all of them."""

    def __init__(self, **codes: object) -> None:
        super().__init__("Anweisung wurde abgebrochen: could not read block 7")
        for name, code in codes.items():
            setattr(self, name, code)


@pytest.mark.parametrize(
    ("said", "slug"),
    [
        (Said(sqlstate="57014"), "deadline"),
        (Said(sqlite_errorcode=sqlite3.SQLITE_INTERRUPT), "deadline"),
        (Said(sqlstate="55P03"), "busy"),
        (Said(sqlstate="40P01"), "busy"),
        (Said(sqlite_errorcode=sqlite3.SQLITE_BUSY_SNAPSHOT), "busy"),
        (Said(sqlstate="57P01"), "unavailable"),
        (Said(), "unavailable"),
    ],
)
def test_trouble_is_told_apart_by_its_code_and_not_by_words(said: Said, slug: str) -> None:
    problem = as_problem(OperationalError("SELECT 1", {}, said))
    assert isinstance(problem, Problem) and problem.slug == slug


async def test_what_is_too_long_for_an_index_of_postgresql_is_a_fault_and_no_trouble(postgres_url: str) -> None:
    db = Database(postgres_url, service="test")

    def store(tx: Tx) -> None:
        tx.session.execute(text("CREATE TABLE long (name VARCHAR PRIMARY KEY)"))
        tx.session.execute(text("INSERT INTO long VALUES (:name)"), {"name": secrets.token_hex(20_000)})

    with pytest.raises(Exception, match="index row") as told:
        await db.write(store, by=BY)
    assert not may_pass(told.value)
    await db.close()
