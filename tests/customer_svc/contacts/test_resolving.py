"""Leads put together into people, as if they came one by one."""

from hypothesis import given
from hypothesis import strategies as st

from services.customer_svc.contacts.leads import LeadIn
from services.customer_svc.contacts.people import Found, Known
from services.customer_svc.contacts.resolving import Arrival, resolve

ADA = Known("con_ada", "key_ada", b"", 1)
BOB = Known("con_bob", "key_bob", b"", 1)
NAMES = ("email", "external_id")


def arrivals(*identifiers: dict[str, str]) -> list[Arrival]:
    return [Arrival(index, LeadIn(source="x"), b"", one) for index, one in enumerate(identifiers)]


def test_what_the_database_knows_names_the_person() -> None:
    people, contradictions = resolve(arrivals({"email": "a"}, {"email": "b"}, {"email": "a"}), {"a": ADA, "b": BOB})
    assert [(person.contact_id, len(person.arrivals)) for person in people] == [("con_ada", 2), ("con_bob", 1)]
    assert not contradictions and not any(person.unseen for person in people)


def test_only_what_is_unseen_is_added() -> None:
    [person], _ = resolve(arrivals({"email": "a", "external_id": "x"}), {"a": ADA})
    assert (person.contact_id, person.unseen) == ("con_ada", {"x": "external_id"})


def test_nothing_of_a_lead_that_contradicts_itself_is_taken_over() -> None:
    found = {"a": ADA, "x": BOB}
    people, [contradiction] = resolve(arrivals({"email": "a", "external_id": "x"}), found)
    assert (contradiction.index, contradiction.fields, people) == (0, ["email", "external_id"], [])


@given(
    st.lists(st.fixed_dictionaries({}, optional={name: st.sampled_from("abcd") for name in NAMES}), max_size=12),
    st.dictionaries(st.sampled_from("ab"), st.sampled_from([ADA, BOB])),
)
def test_all_at_once_is_the_same_as_one_by_one(leads: list[dict[str, str]], found: Found) -> None:
    named = [{name: f"{name}-{value}" for name, value in lead.items()} for lead in leads]
    known = {f"{name}-{value}": person for value, person in found.items() for name in NAMES}
    assert _together(named, known) == _one_by_one(named, known)


def _together(leads: list[dict[str, str]], known: Found) -> list[set[int]]:
    people, _ = resolve(arrivals(*leads), known)
    return sorted(({arrival.index for arrival in person.arrivals} for person in people), key=sorted)


def _one_by_one(leads: list[dict[str, str]], known: Found) -> list[set[int]]:
    """Each lead resolved alone, what it taught stored before the next."""
    stored, taken = dict(known), dict[str, set[int]]()
    for index, lead in enumerate(leads):
        people, _ = resolve(arrivals(lead), stored)
        for person in people:
            taken.setdefault(person.contact_id, set()).add(index)
            known_now = person.known or Known(person.contact_id, "key", b"", 1)
            stored |= dict.fromkeys(person.unseen, known_now)
    return sorted(taken.values(), key=sorted)
