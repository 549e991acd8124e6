"""Leads from files: people, consent and facts as if each row were posted, and what names somebody only sealed."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from services.customer_svc.consent.ledger import records
from services.customer_svc.contacts.identity import identifiers
from services.customer_svc.contacts.intake import take_in
from services.customer_svc.contacts.models import Contact, contacts, observations
from services.customer_svc.contacts.resolving import Arrival
from services.customer_svc.contacts.sealing import revealed, seal
from services.customer_svc.imports.lead_rows import LeadRow
from services.customer_svc.imports.room import KINDS
from services.customer_svc.tables import tables
from shared.contracts.customer import LeadCaptured
from shared.database import Database
from shared.imports.tables import rejects
from shared.vault import Vault
from tests.analytics_svc.rooms import BY, stated
from tests.fixtures import MakeDatabase
from tests.shared.imports.world import World, world_of

MASTER = b"m" * 32
FAIR = {"kind": "leads", "constant": "source=fair"}
FILE = (
    "E-Mail;Vorname;phone;phone_region;consent;attributes.seats;attributes.zip;utm_source;;\n"
    "ada@Example.com;Ada;030 901820;DE;marketing:email, service:phone;120;01234;spring;;\n"
    "bob@example.com;Bob;;;;;;;;\n"
    "ADA@example.com;Augusta;;;;;;;;\n"
    "nobody;Carl;;;;;;;;\n"
    "carl@example.com;Carl;12;DE;;;;;;\n"
    "dora@example.com;Dora;;;yes;;;;;\n"
)


@pytest.fixture
async def world(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(KINDS, make_database(tables.metadata), tmp_path) as opened:
        opened.runtime.vault = Vault.open(f"sqlite:///{tmp_path}/keys.db", MASTER)
        yield opened
        await opened.runtime.vault.close()


async def people(world: World) -> dict[str, Contact]:
    """By first name."""
    assert world.runtime.vault

    def all_of(session: Session) -> list[Contact]:
        return list(session.execute(select(Contact)).scalars())

    found = await world.db.read(all_of)
    named = await revealed(world.runtime.vault, found)
    return {str(named[one.id].first_name): one for one in found}


async def facts(db: Database) -> list[LeadCaptured]:
    return [fact for fact in await stated(db) if isinstance(fact, LeadCaptured)]


async def test_rows_become_people_with_their_consent_and_a_fact_for_each(world: World) -> None:
    job = await world.imported(FILE.encode(), **FAIR)
    assert {name: job[name] for name in ("state", "created", "changed", "rejected")} == {
        "state": "done",
        "created": 2,
        "changed": 1,
        "rejected": 3,
    }
    known = await people(world)
    ada = known["Ada"]
    assert (sorted(known), ada.version, ada.source) == (["Ada", "Bob"], 2, "fair")
    assert (ada.attributes, ada.utm) == ({"seats": 120, "zip": "01234"}, {"source": "spring"})
    allowed = select(records.c.purpose, records.c.channel).order_by(records.c.purpose)
    assert await world.db.read(lambda session: [tuple(row) for row in session.execute(allowed)]) == [
        ("marketing", "email"),
        ("service", "phone"),
    ]
    assert [(one.contact_id, one.sequence, one.created) for one in await facts(world.db)] == [
        (ada.id, 1, True),
        (ada.id, 2, False),
        (known["Bob"].id, 1, True),
    ]


async def test_rejected_rows_say_why_and_only_to_who_may_write_leads(world: World) -> None:
    job = await world.imported(FILE.encode(), **FAIR)
    rows = list(csv.DictReader(io.StringIO(await world.rejects(job["id"]), newline=""), delimiter=";"))
    assert [(row["import_row"], row["import_reason"].partition(":")[0], row["Vorname"]) for row in rows] == [
        ("4", "E-Mail", "Carl"),
        ("5", "phone", "Carl"),
        ("6", "consent", "Dora"),
    ]
    token = world.runtime.tokens.issue("user:viewer", ["imports:read", "imports:write", "companies:write"], 600)
    refused = await world.client.get(
        f"/v1/imports/{job['id']}/rejects.csv", headers={"Authorization": f"Bearer {token}"}
    )
    assert refused.status_code == 403


async def test_what_names_a_person_is_stored_sealed_and_the_row_is_kept_as_it_was(world: World) -> None:
    await world.imported(FILE.encode(), **FAIR)
    first = (
        select(observations, contacts.c.key_id)
        .join(contacts, contacts.c.id == observations.c.contact_id)
        .order_by(observations.c.id)
        .limit(1)
    )
    kept = await world.db.read(lambda session: session.execute(first).mappings().one())
    assert world.runtime.vault
    key = await world.runtime.vault.key(kept["key_id"])
    received = key.open(kept["received"], f"observations/{kept['id']}/received")
    assert b"ada@Example.com" in received and b"030 901820" in received
    reasons = await world.db.read(lambda session: str(session.execute(select(rejects)).all()))
    assert not [word for word in ("ada@", "nobody", "Carl", "Dora") if word in reasons]


async def test_a_preview_says_whom_it_would_find_and_stores_nothing(world: World) -> None:
    await world.imported(b"email\nbob@example.com\n", **FAIR)
    seen = (await world.preview(FILE.encode(), **FAIR)).json()
    assert (seen["would_create"], seen["would_change"], seen["rejected"]) == (1, 2, 3)
    assert seen["first"][0]["stored"]["email"] == "ada@example.com"
    assert len(await facts(world.db)) == 1


async def test_a_row_that_comes_to_contradict_itself_while_it_is_stored_is_rejected_and_the_import_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its address was nobody's when it was looked up, and somebody else's a moment later."""
    await world.imported(b"external_id\n1\n", **FAIR)
    vault = world.runtime.vault
    assert vault
    found = identifiers(eve := LeadRow(source="form", email="eve@example.com"), vault.lookup)

    async def beaten(*asked: Any) -> Any:
        monkeypatch.undo()
        await take_in(world.db, vault, [Arrival(0, eve, b"{}", found)], by=BY)
        return await seal(*asked)

    monkeypatch.setattr("services.customer_svc.contacts.intake.seal", beaten)
    job = await world.imported(b"email,external_id\neve@example.com,1\n", **FAIR)
    assert {name: job[name] for name in ("state", "created", "changed", "rejected")} == {
        "state": "done",
        "created": 0,
        "changed": 0,
        "rejected": 1,
    }


async def test_rows_that_all_contradict_themselves_are_rejected_and_the_import_ends(world: World) -> None:
    await world.imported(b"email,external_id\na@example.com,1\nb@example.com,2\n", **FAIR)
    job = await world.imported(b"email,external_id\na@example.com,2\n", **FAIR)
    assert (job["state"], job["rejected"], job["changed"]) == ("done", 1, 0)
    assert "another person" in await world.rejects(job["id"])


async def test_a_row_of_a_time_that_has_not_come_is_rejected(world: World) -> None:
    """Its permission could never be withdrawn."""
    job = await world.imported(
        b"email,consent,created at\na@example.com,marketing:email,2362-01-31T09:30:00Z\nb@example.com,,\n", **FAIR
    )
    assert (job["created"], job["rejected"]) == (1, 1)
    assert "created at: " in await world.rejects(job["id"])


async def test_a_file_without_source_is_refused_with_what_to_do(world: World) -> None:
    answer = await world.send(b"email\na@example.com\n", kind="leads")
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["pointer"]) == (422, "/query/map/source")
    assert "give a constant" in error["detail"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("120", 120), ("-3.5", -3.5), ("true", True), ("0120", "0120"), ("1e3", "1e3"), ("null", "null")],
)
def test_an_attribute_is_what_its_text_says_and_nothing_is_lost(text: str, value: Any) -> None:
    attributes = LeadRow.of({"source": "fair", "attributes.a": text}).attributes
    assert (attributes, type(attributes["a"])) == ({"a": value}, type(value))
