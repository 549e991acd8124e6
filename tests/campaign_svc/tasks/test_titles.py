"""A title says what and why: it is rendered from the facts that were decided on, and checked before."""

from typing import Any

import pytest

from services.campaign_svc.tasks.titles import fault, title_of
from shared.ids import new_id
from tests.campaign_svc.delivery.world import TASK, World

FACTS: dict[str, Any] = {"campaign": "brand", "reason": "spend of 410.00 EUR", "actual": "410.00", "currency": None}


@pytest.mark.parametrize(
    ("title", "rendered"),
    [
        ("Call this lead", "Call this lead"),
        ("Check {{ campaign }}: {{ reason }}", "Check brand: spend of 410.00 EUR"),
        ("{{ actual | round }} {{ currency | default: 'of no currency' }}", "410 of no currency"),
        ("{% if actual %}Check{% endif %}\n{{ campaign }}", "Check brand"),
        ("{{ currency }}", "{{ currency }}"),
        ("{{ campaign | divided_by: 0 }}", "{{ campaign | divided_by: 0 }}"),
        ("{{ campaign", "{{ campaign"),
    ],
)
def test_a_title_is_one_line_and_never_nothing(title: str, rendered: str) -> None:
    assert title_of(title, FACTS) == rendered


@pytest.mark.parametrize(
    ("title", "wrong"),
    [
        ("Call", ""),
        ("Check {{ campaign }}: {{ reason | upcase }}", ""),
        ("{{ campaign", "not closed"),
        ("{{ campaign | shout }}", "no such filter"),
        ("{{ campain }}", "called campain"),
    ],
)
def test_what_cannot_be_rendered_is_said_when_it_is_saved(title: str, wrong: str) -> None:
    found = fault(title, FACTS.keys())
    assert (wrong in (found or "")) and bool(found) == bool(wrong)


async def test_the_task_of_an_action_has_the_facts_in_its_title(world: World) -> None:
    config = TASK | {"title": "Check {{ campaign }}: {{ reason }}", "facts": FACTS}
    await world.plan("task", "search/brand", config, contact_id=None)
    await world.plan("task", new_id("con"), TASK)
    await world.work()
    async with world.client() as client:
        found = (await client.get("/v1/tasks", params={"about": "search/brand"})).json()["items"]
        none = (await client.get("/v1/tasks", params={"contact": "search/brand"})).json()["items"]
    assert [(one["title"], one["about"], one["contact_id"]) for one in found] == [
        ("Check brand: spend of 410.00 EUR", "search/brand", None)
    ]
    assert none == []
