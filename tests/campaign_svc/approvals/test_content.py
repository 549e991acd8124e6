"""The hash is of what is shown: of all of it, and of nothing but it."""

import json
from hashlib import sha256

from services.campaign_svc.approvals.content import content_hash
from services.campaign_svc.approvals.shapes import APPROVAL, CONTENT, HASHED
from shared.contracts.analytics import BudgetSuggested
from shared.contracts.campaign import ApprovalDecided
from tests.campaign_svc.approvals.desk import Desk
from tests.contracts.golden import example


def test_the_order_of_names_is_nothing_and_every_value_something() -> None:
    content = {"series": "search/brand", "daily_budget": {"amount": "80.00", "currency": "EUR"}}
    assert content_hash(content) == content_hash(dict(reversed(content.items())))
    assert content_hash(content) != content_hash(content | {"series": "search/brands"})


async def test_anybody_can_make_it_again_from_what_is_shown(desk: Desk) -> None:
    await desk.proposed(reason="Größer")
    await desk.told(desk.advice())
    for shown in await desk.listed():
        text = json.dumps(shown["content"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert shown["content_hash"] == "sha256:" + sha256(text.encode()).hexdigest()


async def test_the_examples_are_of_what_one_suggestion_leads_to(desk: Desk) -> None:
    suggestion, decided = example(BudgetSuggested), example(ApprovalDecided)
    assert isinstance(suggestion, BudgetSuggested) and isinstance(decided, ApprovalDecided)
    await desk.told(suggestion)
    [shown] = await desk.listed()
    assert (shown["content"], shown["content_hash"]) == (CONTENT, HASHED)
    assert APPROVAL["content_hash"] == decided.content_hash == HASHED
