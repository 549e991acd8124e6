"""A chunk of rows is as its rows one by one, in few statements; what it would do can be seen before."""

from typing import Any

from services.customer_svc.companies.arriving import Arriving, arriving
from services.customer_svc.companies.recording import Recorded, preview, record
from services.customer_svc.companies.shapes import CompanyIn
from shared.clock import utc_now
from shared.database import Database
from tests.analytics_svc.rooms import BY
from tests.customer_svc.companies.register import ACME, Register
from tests.statements import statements


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


async def test_a_thousand_rows_take_hardly_more_statements_than_three(db: Database) -> None:
    for industry in ("Toys", "Games"):  # they are new, and they change
        three, many = (
            [ACME | {"name": f"Company {size} {n}", "industry": industry} for n in range(size)] for size in (3, 1_000)
        )
        alone = await statements(recorded(db, *three))
        assert await statements(recorded(db, *many)) <= 2 * alone
