"""Decisions and actions are about something: at first about contacts only, and those facts read the same today."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.contracts.campaign import ActionSent, DecisionMade
from tests.contracts.golden import FOLDER, example, read_golden


@pytest.mark.parametrize("name", ["decision.made.1", "action.sent.1", "action.unknown.1"])
def test_a_fact_from_before_is_about_its_contact(name: str) -> None:
    event: Any = read_golden(FOLDER / f"{name}.json")
    assert event.key == event.about == event.contact_id == "con_01k9q3v7w8e5rtx2m4n6p8q0sa"


def test_a_decision_from_before_has_its_observation_as_occasion() -> None:
    event: Any = read_golden(FOLDER / "decision.made.1.json")
    assert event.occasion == event.observation_id == "obs_01k9q3v7w8e5rtx2m4n6p8q0sb"


def test_an_action_about_a_campaign_has_no_contact_and_the_campaign_keeps_its_order() -> None:
    sent = ActionSent.model_validate(example(ActionSent).model_dump() | {"about": "search/brand", "contact_id": None})
    assert (sent.key, sent.contact_id) == ("search/brand", None)


def test_a_decision_about_nothing_is_none() -> None:
    told = example(DecisionMade).model_dump(exclude={"about", "contact_id"})
    with pytest.raises(ValidationError, match="about"):
        DecisionMade.model_validate(told)
