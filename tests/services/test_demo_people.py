"""The people of the demo: made up, repeatable, and as mixed as real leads are."""

from collections import Counter
from typing import Any

import pytest
from pydantic import ValidationError

from services.customer_svc.contacts.leads import LeadIn
from services.demo.people import MIX, Lead, made_up
from shared.types.emails import email_address, email_identity

LEADS = made_up(200, seed=1)
TAKEN = [lead for lead in LEADS if lead.kind != "refused"]


def _cleaned(lead: Lead) -> dict[str, Any]:
    return LeadIn.model_validate(lead.body).model_dump()


def test_the_same_seed_makes_the_same_leads_and_another_makes_others() -> None:
    assert made_up(200, seed=1) == LEADS
    assert made_up(200, seed=2) != LEADS


@pytest.mark.parametrize("seed", range(5))
def test_even_a_short_demo_has_leads_of_every_kind(seed: int) -> None:
    assert {lead.kind for lead in made_up(40, seed)} == set(MIX)


@pytest.mark.parametrize("seed", range(5))
def test_all_but_the_refused_are_leads_that_the_service_takes_in(seed: int) -> None:
    for lead in made_up(200, seed):
        if lead.kind != "refused":
            LeadIn.model_validate(lead.body)


@pytest.mark.parametrize("seed", range(5))
def test_the_refused_have_a_fault_in_a_field_or_name_two_people(seed: int) -> None:
    leads = made_up(200, seed)
    faulty = [lead for lead in leads if lead.kind == "refused" and not _names_two(lead, leads)]
    assert len(faulty) >= 10
    for lead in faulty:
        with pytest.raises(ValidationError):
            LeadIn.model_validate(lead.body)


def test_some_refused_lead_names_two_people() -> None:
    assert any(_names_two(lead, LEADS) for lead in LEADS if lead.kind == "refused")


def _names_two(lead: Lead, leads: list[Lead]) -> bool:
    by_mail = {other.body.get("email"): other.body for other in leads if other.kind not in ("refused", "again")}
    owner = by_mail.get(lead.body["email"])
    return owner is not None and owner.get("external_id") != lead.body["external_id"]


def test_nobody_could_be_written_to_outside_of_the_demo() -> None:
    addresses = [email_address(lead.body["email"]) for lead in TAKEN if "email" in lead.body]
    assert addresses and all(address.endswith(".example") for address in addresses)


def test_phones_lie_in_the_ranges_for_films() -> None:
    numbers = [phone for lead in TAKEN if (phone := _cleaned(lead)["phone"])]
    films = ("+442079460", "+493023125", "+331990", "+6125550")
    assert numbers and all(number.startswith(films) for number in numbers)


def test_who_comes_again_is_somebody_spelt_otherwise() -> None:
    known: dict[str, str] = {}
    for lead in TAKEN:
        if lead.kind == "again":
            cleaned = _cleaned(lead)
            assert lead.body["email"] != known[email_identity(cleaned["email"])]
        elif "email" in lead.body:
            known[email_identity(lead.body["email"])] = lead.body["email"]


def test_new_people_are_all_different() -> None:
    new = Counter(lead.body["email"] for lead in TAKEN if lead.kind != "again" and "email" in lead.body)
    assert set(new.values()) == {1}


def test_some_consent_to_nothing_and_some_leave_only_a_phone() -> None:
    assert all(lead.body["consent"] == [] for lead in TAKEN if lead.kind == "quiet")
    callers = [lead for lead in TAKEN if lead.kind == "caller"]
    assert callers and all("phone" in lead.body and "email" not in lead.body for lead in callers)
