"""A chunk of rows is as its rows one by one, in few statements; what it would do can be seen before."""

import time
from typing import Any

from services.customer_svc.companies.arriving import Arriving, arriving
from services.customer_svc.companies.recording import Recorded, preview, record
from services.customer_svc.companies.shapes import CompanyIn
from shared.clock import utc_now
from shared.database import Database, Tx
from tests.analytics_svc.rooms import BY, forget_stated
from tests.customer_svc.companies.register import ACME, Register


def rows(*sent: dict[str, Any]) -> list[Arriving]:
    return [arriving(CompanyIn.model_validate(row)) for row in sent]


async def recorded(db: Database, *sent: dict[str, Any]) -> list[Recorded]:
    return await db.write(record, rows(*sent), by=BY)


async def test_rows_about_one_company_in_one_chunk_are_taken_in_order(register: Register) -> None:
    chunk = [
        ACME,
        ACME | {"industry": "Toys"},
        ACME | {"industry": "Toys"},
        {"name": "Beta"},
        ACME | {"industry": "Games"},
    ]
    results = await recorded(register.db, *chunk)
    assert [(one.created, one.changed) for one in results] == [
        (True, True),
        (False, True),
        (False, False),
        (True, True),
        (False, True),
    ]
    assert [(fact.sequence, fact.industry) for fact in await register.facts()] == [
        (1, "Tools"),
        (2, "Toys"),
        (1, None),
        (3, "Games"),
    ]
    assert results[0].company_id is not None
    known = await register.company(results[0].company_id)
    assert (known["version"], known["industry"]) == (3, "Games")


async def test_a_row_that_contradicts_itself_costs_the_others_nothing(register: Register) -> None:
    a, b = {"name": "A", "source": "crm", "external_id": "1"}, {"name": "B", "domain": "b.example"}
    results = await recorded(register.db, a, b, a | {"domain": "b.example"}, {"name": "C"})
    assert [one.contradicting for one in results] == [(), (), ("external_id", "domain"), ()]
    assert [one.created for one in results] == [True, True, False, True]


async def test_identifiers_met_in_a_chunk_find_the_company_in_the_rows_after_it(register: Register) -> None:
    results = await recorded(
        register.db,
        {"name": "Acme", "domain": "acme.example"},
        {"name": "Acme Tools", "domain": "acme.example", "source": "crm", "external_id": "1"},
        {"name": "Whatever", "source": "crm", "external_id": "1"},
        {"name": "acme tools"},
    )
    assert len({one.company_id for one in results}) == 1


async def test_a_preview_says_what_would_be_done_and_does_nothing(register: Register) -> None:
    [known] = await recorded(register.db, ACME)
    chunk = [ACME, ACME | {"industry": "Toys"}, {"name": "New"}, {"name": "New", "industry": "Toys"}]
    seen = await register.db.read(preview, rows(*chunk), utc_now())
    assert [(one.company_id, one.created, one.changed) for one in seen] == [
        (known.company_id, False, False),
        (known.company_id, False, True),
        (None, True, True),
        (None, False, True),
    ]
    assert len(await register.facts()) == 1
    done = await recorded(register.db, *chunk)
    assert [(one.created, one.changed) for one in done] == [(one.created, one.changed) for one in seen]


async def test_a_thousand_rows_cost_little_each(db: Database) -> None:
    spent: dict[str, float] = {}

    def timed(tx: Tx, name: str, chunk: list[Arriving]) -> int:
        started = time.process_time()
        done = record(tx, chunk)
        spent[name] = (time.process_time() - started) / len(done) * 1e6
        return len(done)

    chunk = rows(*(ACME | {"name": f"Company {number}"} for number in range(1_000)))
    for name in ("new", "unchanged"):
        await db.write(timed, name, chunk, by=BY, seconds=60.0)
    await forget_stated(db)
    print(
        f"\nrecord, {db.dialect}: " + ", ".join(f"{each:.0f} microseconds a row {name}" for name, each in spent.items())
    )
    assert max(spent.values()) < 1_000  # several times what it should be, so that only a change of kind turns it red
