"""A kind of fact is registered once, and its schema speaks of data only."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from shared.events import REGISTRY, Event, schema_of
from shared.events.cloudevents import decode
from shared.events.wire import encode

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


class BoxPacked(Event, type="box_for_test.packed", topic="customer-boxes", key="shelf_id", subject="box_id"):
    box_id: str
    shelf_id: str
    weight: int = 0


def packed() -> BoxPacked:
    return BoxPacked(sequence=3, occurred_at=NOW, box_id="box_1", shelf_id="she_1")


def test_a_fact_knows_its_topic_key_subject_and_owner() -> None:
    fact = packed()
    assert (fact.TOPIC, fact.key, fact.subject, fact.owner()) == ("customer-boxes", "she_1", "box_1", "customer")
    assert fact.origin == "/customer/boxes/box_1"
    assert REGISTRY["box_for_test.packed", 1] is BoxPacked


def test_the_same_type_and_version_cannot_be_registered_twice() -> None:
    with pytest.raises(TypeError, match=r"box_for_test\.packed version 1 is already registered by BoxPacked"):

        class Other(Event, type="box_for_test.packed", topic="customer-boxes", key="box_id"):
            box_id: str

    assert REGISTRY["box_for_test.packed", 1] is BoxPacked


def test_another_major_version_is_another_class() -> None:
    class BoxPacked2(Event, type="box_for_test.packed", topic="customer-boxes", key="box_id", version=2):
        box_id: str

    assert REGISTRY.pop(("box_for_test.packed", 2)) is BoxPacked2


@pytest.mark.parametrize("key", ["nothing", "id", "sequence"])
def test_the_key_must_be_a_field_of_the_data(key: str) -> None:
    with pytest.raises(TypeError, match="data fields"):

        class Keyless(Event, type="keyless_for_test.made", topic="customer-boxes", key=key):
            box_id: str

    assert ("keyless_for_test.made", 1) not in REGISTRY


def test_the_schema_is_of_the_data_without_the_envelope() -> None:
    schema = schema_of(BoxPacked)
    assert set(schema["properties"]) == {"box_id", "shelf_id", "weight"}
    assert {"box_id", "shelf_id"} <= set(schema["required"])
    assert schema["$id"] == "/schemas/box_for_test.packed/1"


def test_a_fact_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        packed().weight = 2  # type: ignore[misc]


def test_each_fact_has_its_own_id_from_the_start() -> None:
    first, second = packed(), packed()
    assert first.id != second.id
    assert decode(encode(first, recorded_at=NOW)).id == first.id


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValidationError):
        BoxPacked(sequence=1, occurred_at=datetime(2026, 1, 1), box_id="b", shelf_id="s")
