"""One promise broken in the code, and the oracle names it, and nothing else; unbroken, it names nothing."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import oracle
from tests.chaos.calls import Request
from tests.chaos.companies import Told
from tests.chaos.ledger import Book, Ledger
from tests.chaos.load import send_all
from tests.chaos.people import Person
from tests.chaos.sabotage.twins import BROKEN
from tests.chaos.shown import collect
from tests.chaos.stacks import Stack, born_in
from tests.chaos.test_sabotage_system import TWINS, lead_of
from tests.eventually import eventually
from tests.real.nursery import Nursery, nursery

ADA, BOB = Person("ada", "A", True, "ada@chaos.example"), Person("bob", "B", True, "bob@chaos.example")
EUR = {"currency": "EUR"}
MILL: dict[str, Any] = {
    "name": "Mill",
    "industry": "Mining",
    "country": "Japan",
    **{name: {"amount": "10", **EUR} for name in ("revenue", "profit", "assets")},
    "source": "chaos",
    "external_id": "mill",
}
CALLS = [
    lead_of(ADA, "ada"),
    lead_of(BOB, "bob"),
    Request("mill", (Told("Mill", MILL),), False),
    Request("mill-again", (Told("Mill", MILL | {"revenue": {"amount": "30", **EUR}}),), False, after="mill"),
]


@pytest.fixture(scope="module")
def births() -> Iterator[Nursery]:
    with nursery() as births:
        yield births


@pytest.mark.parametrize(
    ("broken", "check", "said"),
    [
        ("", "", ""),
        ("withholds_everything", "each_action_ends_as_it_must", "is withheld and must be sent"),
        ("writes_to_somebody_else", "mails_go_to_whom_they_are_meant_for", "went to somebody else"),
        ("counts_one_too_many", "the_sums_add_up", "planned 4"),
        ("states_each_score_twice", "each_observation_has_one_score", "doubled"),
        (
            "takes_nothing_back_from_an_industry",
            "figures_of_industries_are_the_sum_of_companies",
            "that nothing led to",
        ),
    ],
)
async def test_what_is_broken_in_the_code_is_named_and_nothing_else(
    broken: str, check: str, said: str, births: Nursery, tmp_path: Path
) -> None:
    with born_in(births, tmp_path, f"{TWINS}.twins", {BROKEN: broken}) as stack:
        book = Book(tmp_path / "ledger.jsonl")
        await send_all(stack.system, CALLS, book)
        await eventually(partial(is_named, stack, book.ledger(), check, said), seconds=300, pause=0.5)


async def is_named(stack: Stack, ledger: Ledger, check: str, said: str) -> bool:
    """That alone is wrong, in these words; while things are on their way more is."""
    wrong = oracle.verdict(ledger, await collect(stack.system, stack.mail_log, ledger.metrics_told_again()))
    return not wrong if not check else [*wrong] == [check] and any(said in fault for fault in wrong[check])
