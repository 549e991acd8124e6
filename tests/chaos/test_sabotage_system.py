"""Answered before the commit, or without the unique rule of actions, the oracle turns red.

Each twin has its healthy pair, which meets the same fault.
"""

from functools import partial
from pathlib import Path
from signal import SIGKILL

import psycopg
import pytest

from tests.chaos import oracle
from tests.chaos.calls import Request
from tests.chaos.ledger import Book
from tests.chaos.load import send_all
from tests.chaos.people import BY_GRADE, Person, Row
from tests.chaos.shown import Shown, collect, got
from tests.chaos.stacks import Stack, embedded, run_as
from tests.eventually import eventually

ADA = Person("ada", "A", True, "ada@chaos.example")
TWINS = "tests.chaos.sabotage"


def lead_of(person: Person, key: str) -> Request:
    consent = [{"purpose": "marketing", "channel": "email"}]
    return Request(key, (Row(person, {**BY_GRADE[person.grade], "email": person.address, "consent": consent}),), False)


@pytest.mark.parametrize(("twin", "kept"), [("slow_answers", True), ("answers", False)])
async def test_what_was_answered_is_there_after_a_kill_unless_it_was_answered_before_the_commit(
    twin: str, kept: bool, tmp_path: Path
) -> None:
    with embedded(tmp_path, f"{TWINS}.{twin}") as stack:
        book = Book(tmp_path / "ledger.jsonl")
        await send_all(stack.system, [lead_of(ADA, "one")], book)
        await stack.kill("serve", SIGKILL)
        run_as(stack.system, "services")
        stack.system.processes["serve"].start()
        stack.system.processes["serve"].wait_ready()
        ledger, shown = book.ledger(), await collect(stack.system, stack.mail_log)
        assert len(ledger.promises) == 1
        wrong = [
            *oracle.each_person_is_one_contact(ledger, shown),
            *oracle.each_promise_is_one_observation(ledger, shown),
        ]
    assert wrong == [] if kept else "contacts: 1 lost" in wrong[0]


@pytest.mark.parametrize("unique", [True, False])
async def test_the_unique_rule_of_actions_alone_keeps_a_second_mail_from_being_sent(
    unique: bool, tmp_path: Path, postgres_service_url: str
) -> None:
    with embedded(tmp_path, f"{TWINS}.blind", DATABASE_URL=postgres_service_url) as stack:
        if not unique:
            drop_the_rule(postgres_service_url.format(service="campaign"))
        book = Book(tmp_path / "ledger.jsonl")
        for number in (1, 2, 3):
            await send_all(stack.system, [lead_of(ADA, f"lead-{number}")], book)
            shown = await eventually(partial(settled, stack, 2 * number), seconds=90)
            assert shown and not book.ledger().surprises
        wrong = oracle.verdict(book.ledger(), shown)
    if unique:
        assert wrong == {}
    else:
        assert "actions: 4 doubled" in wrong["each_match_is_one_action"][0]
        assert "mails by address: 2 doubled" in wrong["no_mail_is_sent_twice"][0]


def drop_the_rule(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        rules = "SELECT conname FROM pg_constraint WHERE conrelid = 'actions'::regclass AND contype = 'u'"
        [(name,)] = connection.execute(rules).fetchall()
        connection.execute(f"ALTER TABLE actions DROP CONSTRAINT {name}")


async def settled(stack: Stack, decisions: int) -> Shown | None:
    """What is shown, once so many decisions are and all that they led to stands on the timeline."""
    async with stack.system.client("campaign") as campaign:
        if (await got(campaign, "/v1/actions/summary"))["waiting"]:
            return None
    shown = await collect(stack.system, stack.mail_log)
    told = [entry["kind"] for entries in shown.timelines.values() for entry in entries]
    ended = sum(kind.startswith("action.") for kind in told)
    whole = len(shown.decisions) == told.count("decision.made") == decisions and ended == len(shown.actions)
    return shown if whole and all(contact["score"] is not None for contact in shown.contacts) else None
