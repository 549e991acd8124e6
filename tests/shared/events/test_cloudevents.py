"""Facts on the wire: written in binary mode, read in both, and the envelope is believed, never the data."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus import Message
from shared.events import Event
from shared.events.cloudevents import UnknownType, UnknownVersion, decode, from_cloud_event
from shared.events.envelope import CloudEvent, Malformed
from shared.events.wire import drafted, encode, moment
from shared.money import Money
from shared.types import Text, Utc

AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 1, 31, 9, 30, 1, 500, tzinfo=UTC)
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"


class ParcelSent(Event, type="parcel_for_test.sent", topic="campaign-parcels", key="contact_id", subject="parcel_id"):
    parcel_id: str
    contact_id: str
    source: str = "shop"
    label: Text | None = None
    due_at: Utc | None = None
    price: Money | None = None
    parts: list[str] = []


def sent(**more: Any) -> ParcelSent:
    return ParcelSent(sequence=7, occurred_at=AT, parcel_id="par_1", contact_id="con_1", **more)


def message(body: Any = None, **headers: str | None) -> Message:
    wire = encode(sent(), recorded_at=LATER)
    merged = wire.headers | {
        name.replace("content_type", "content-type"): text for name, text in headers.items() if text
    }
    kept = {name: text for name, text in merged.items() if headers.get(name, "") is not None}
    return replace(wire, headers=kept, value=wire.value if body is None else json.dumps(body).encode())


def test_a_fact_on_the_wire_has_all_headers_and_only_data_in_its_body() -> None:
    fact = sent()
    wire = encode(fact, cause="evt_0", depth=2, traceparent=TRACE, recorded_at=LATER)
    assert (wire.topic, wire.key) == ("campaign-parcels", "con_1")
    assert wire.headers == {
        "ce_specversion": "1.0",
        "ce_id": fact.id,
        "ce_type": "parcel_for_test.sent",
        "ce_source": "/campaign/parcels/par_1",
        "ce_subject": "par_1",
        "ce_time": "2026-01-31T09:30:00Z",
        "ce_dataschema": "/schemas/parcel_for_test.sent/1",
        "ce_sequence": "00000000000000000007",
        "ce_cause": "evt_0",
        "ce_depth": "2",
        "ce_recordedat": "2026-01-31T09:30:01.000500Z",
        "ce_traceparent": TRACE,
        "content-type": "application/json",
    }
    assert set(json.loads(wire.value)) == {"parcel_id", "contact_id", "source", "label", "due_at", "price", "parts"}


@given(
    label=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=50),
    due_at=st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=st.just(UTC)),
    nanos=st.integers(-(10**20), 10**20),
)
def test_a_fact_read_is_the_fact_written(label: str, due_at: datetime, nanos: int) -> None:
    fact = sent(label=label, due_at=due_at, price=Money(0, nanos, "EUR"), parts=["a", "b"])
    read = decode(encode(fact, recorded_at=LATER))
    assert read == fact.model_copy(update={"recorded_at": LATER})


@given(subject=st.from_type(str).filter(lambda text: text.isprintable() and text.strip()))
def test_a_fact_about_anything_with_a_name_can_be_read(subject: str) -> None:
    fact = sent().model_copy(update={"parcel_id": subject})
    assert decode(encode(fact, recorded_at=LATER)).subject == subject


@pytest.mark.parametrize("trace", [TRACE, None])
def test_a_draft_leaves_as_its_event_would_have_at_that_time(trace: str | None) -> None:
    fact = sent()
    wire = encode(fact.model_copy(update={"occurred_at": LATER}), traceparent=trace, recorded_at=LATER)
    draft = drafted(fact)
    assert json.loads(draft.headers + moment(LATER, trace)) == wire.headers
    assert (draft.event_id, draft.topic, draft.key, draft.value) == (fact.id, wire.topic, wire.key, wire.value)


def test_the_same_fact_is_read_from_structured_mode() -> None:
    wire = encode(sent(), recorded_at=LATER)
    whole = CloudEvent.from_binary(wire.headers, wire.value, prefix="ce_").structured()
    headers = {"content-type": "application/cloudevents+json; charset=UTF-8"}
    assert decode(Message(wire.topic, wire.key, whole, headers)) == decode(wire)


def test_data_that_claims_names_of_the_envelope_changes_nothing() -> None:
    claims = {"id": "evt_forged", "sequence": 10**6, "cause": "x", "depth": 0, "occurred_at": "2000-01-01T00:00:00Z"}
    body = {"parcel_id": "par_1", "contact_id": "con_1", "recorded_at": "2000-01-01T00:00:00Z", **claims}
    forged = message(body, ce_id="evt_true", ce_depth="3")
    fact = decode(forged)
    assert (fact.id, fact.sequence, fact.cause, fact.depth) == ("evt_true", 7, None, 3)
    assert (fact.occurred_at, fact.recorded_at) == (AT, LATER)


def test_an_event_field_may_bear_the_name_of_a_cloudevents_attribute() -> None:
    assert decode(encode(sent(source="fair"), recorded_at=AT)).model_dump()["source"] == "fair"


def test_a_field_that_this_version_does_not_know_is_ignored() -> None:
    fact = decode(message({"parcel_id": "par_1", "contact_id": "con_1", "from_the_future": 1}))
    assert isinstance(fact, ParcelSent)


def test_an_unknown_type_and_an_unknown_major_version_are_told_apart() -> None:
    with pytest.raises(UnknownType):
        decode(message(ce_type="parcel_for_test.lost", ce_dataschema="/schemas/parcel_for_test.lost/1"))
    with pytest.raises(UnknownVersion):
        decode(message(ce_dataschema="/schemas/parcel_for_test.sent/2"))


def test_without_dataschema_the_major_version_is_one() -> None:
    assert isinstance(decode(message(ce_dataschema=None)), ParcelSent)
    assert isinstance(decode(message(ce_dataschema="https://ours.example/schemas/parcel_for_test.sent/1")), ParcelSent)


def test_a_fact_from_elsewhere_needs_no_extension() -> None:
    bare = message(ce_sequence=None, ce_depth=None, ce_recordedat=None, ce_dataschema=None)
    fact = decode(bare)
    assert (fact.sequence, fact.depth, fact.recorded_at, fact.told_at) == (0, 0, None, AT)


def test_a_broken_trace_does_not_refuse_a_fact() -> None:
    assert decode(message(ce_traceparent="broken")).traceparent is None


@pytest.mark.parametrize(
    "headers",
    [
        {"ce_specversion": "0.3"},
        {"ce_specversion": None},
        {"ce_id": None},
        {"ce_id": "x" * 256},
        {"ce_time": None},
        {"ce_time": "2026-01-31T09:30Z"},
        {"ce_sequence": "-1"},
        {"ce_sequence": "٣"},
        {"ce_sequence": str(2**63)},
        {"ce_depth": "deep"},
        {"ce_recordedat": "yesterday"},
        {"ce_dataschema": "/schemas/other.type/1"},
        {"content_type": "text/plain"},
    ],
)
def test_a_broken_envelope_is_malformed(headers: dict[str, str | None]) -> None:
    with pytest.raises(Malformed):
        decode(message(**headers))


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'{"parcel_id": NaN}', b"\xff\xfe", b'"text"', b"{}"])
def test_a_body_that_does_not_fit_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        decode(replace(message(), value=body))


def test_the_sentence_names_the_field_and_never_the_value() -> None:
    canary = "canary@example.com"
    with pytest.raises(Malformed) as refused:
        decode(message({"parcel_id": {"canary": canary}, "contact_id": "con_1", "due_at": canary, "label": [canary]}))
    sentence = str(refused.value)
    assert all(name in sentence for name in ("parcel_id", "due_at", "label"))
    assert "canary" not in sentence


@given(st.dictionaries(st.text(), st.text()), st.binary())
def test_no_message_at_all_makes_decode_fail_otherwise(headers: dict[str, str], body: bytes) -> None:
    wire = encode(sent(), recorded_at=AT)
    for mixed in (headers, wire.headers | headers, {f"ce_{name}": text for name, text in headers.items()}):
        try:
            decode(Message("t", "k", body, mixed))
        except (Malformed, UnknownType, UnknownVersion):
            continue


def test_a_fact_may_come_over_http() -> None:
    wire = encode(sent(), recorded_at=LATER)
    headers = {name.replace("ce_", "ce-"): text for name, text in wire.headers.items()}
    assert from_cloud_event(CloudEvent.from_binary(headers, wire.value)) == decode(wire)
