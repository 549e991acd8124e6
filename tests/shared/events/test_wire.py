"""The short way of reading says what the long way says, or nothing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import model_validator

from shared.bus import Message
from shared.events import ENVELOPE, Event
from shared.events.cloudevents import UnknownType, UnknownVersion, from_cloud_event, received
from shared.events.envelope import Malformed
from shared.events.wire import encode, read_ours, wire_of
from tests.contracts.golden import contracts, example
from tests.shared.practice import practice_json

LATER = datetime(2026, 1, 31, 9, 30, 1, 500, tzinfo=UTC)
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
FACTS = [example(event) for event in contracts().values()]
STRANGE = [
    *("", " ", "0", "7", "-1", "+1", "1_000", "\u0663", "\u0663" * 20, "1" * 20, "1" * 10),
    *(str(number).zfill(20) for number in (7, 10**18, 2**63 - 1, 2**63)),
    *(str(number) for number in (2**31 - 1, 2**31, 10**9 - 1)),
    *("2026-01-31T09:30:00Z", "2026-01-31T09:30:00.000001+05:30", "2026-01-31t09:30:00z", "2026-01-31T09:30Z"),
    *("2026-W05-6T09:30:00Z", "2026-01-31T09:30:00,123456Z", "2026-02-31T09:30:00Z", "0001-01-01T00:00:00+05:00"),
    *("/a/b", "/a%20b", "/a%zz", "/a b", "a\nb", "\x7f", "\u0085", "caf\u00e9", "\ufffd", "x" * 255, "x" * 256),
    *(TRACE, TRACE.upper(), TRACE + "\n", "broken", "1.0", "0.3", "/schemas/lead.captured/2", "lead.captured"),
    *("application/json", "application/json; charset=utf-8", "application/cloudevents+json", "text/plain"),
]
NAMES = sorted(encode(FACTS[0], cause="evt_0", traceparent=TRACE, recorded_at=LATER).headers)
NAMES += ["ce_partitionkey", "ce_ext", "ce_Ext", "ce_data", "ce_datacontenttype", "Content-Type", "other"]

texts = st.none() | st.sampled_from(STRANGE) | st.text(max_size=40)
json_values = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from([*STRANGE, [], {}])


class ParcelNoted(Event, type="parcel_for_test.noted", topic="campaign-parcels", key="parcel_id"):
    parcel_id: str
    seen: list[str] = []

    @model_validator(mode="before")
    @classmethod
    def _note(cls, data: Any) -> Any:
        return {**data, "seen": sorted(data)}


def written(fact: Event) -> Message:
    return encode(fact, cause="evt_0", depth=2, traceparent=TRACE, recorded_at=LATER)


def changed(message: Message, headers: Mapping[str, str | None]) -> Message:
    merged = {name: text for name, text in {**message.headers, **headers}.items() if text is not None}
    return replace(message, headers=merged)


def said(message: Message) -> Any:
    """What the long way says."""
    try:
        fact = from_cloud_event(received(message))
    except (Malformed, UnknownType, UnknownVersion) as refused:
        return refused
    return type(fact), fact, fact.model_fields_set


def assert_the_same_or_nothing(message: Message) -> None:
    fact = read_ours(message)
    assert fact is None or said(message) == (type(fact), fact, fact.model_fields_set)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.TYPE)
def test_every_fact_that_we_state_is_read_the_short_way(fact: Event) -> None:
    wire_of(type(fact))
    for message in (written(fact), encode(fact, recorded_at=LATER)):
        assert read_ours(message) is not None
        assert_the_same_or_nothing(message)


@pytest.mark.parametrize("name", NAMES)
def test_whatever_one_header_says_both_ways_say_the_same(name: str) -> None:
    for text in (*STRANGE, None):
        assert_the_same_or_nothing(changed(written(FACTS[0]), {name: text}))


@given(fact=st.sampled_from(FACTS), strange=st.dictionaries(st.sampled_from(NAMES), texts, max_size=4))
def test_whatever_its_headers_say_both_ways_say_the_same(fact: Event, strange: dict[str, str | None]) -> None:
    assert_the_same_or_nothing(changed(written(fact), strange))


@given(data=st.data(), fact=st.sampled_from(FACTS))
def test_whatever_its_body_says_both_ways_say_the_same(data: st.DataObject, fact: Event) -> None:
    message = written(fact)
    body = json.loads(message.value)
    names = st.sampled_from([*sorted(body), *sorted(ENVELOPE), "from_the_future"])
    body |= data.draw(st.dictionaries(names, json_values, max_size=3))
    for name in data.draw(st.sets(names, max_size=2)):
        body.pop(name, None)
    assert_the_same_or_nothing(replace(message, value=json.dumps(body).encode()))


def test_what_a_class_does_not_know_is_never_shown_to_it() -> None:
    fact = ParcelNoted(parcel_id="par_1", sequence=1, occurred_at=LATER)
    assert_the_same_or_nothing(replace(written(fact), value=b'{"parcel_id": "par_1", "from_the_future": 1}'))


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'{"contact_id": NaN}', b"\xff", b'"text"', b"{}"])
def test_a_body_that_is_no_fact_is_left_to_the_long_way(body: bytes) -> None:
    assert read_ours(replace(written(FACTS[0]), value=body)) is None


@pytest.mark.parametrize("kind", ["valid", "invalid"])
def test_what_the_published_vectors_say_in_our_headers_is_read_alike(kind: str) -> None:
    for vector in practice_json(f"conformance/cloudevents_{kind}.json")["tests"]:
        texts = {f"ce_{name}": text for name, text in vector["event"].items() if isinstance(text, str)}
        assert_the_same_or_nothing(changed(written(FACTS[0]), texts))
        for name, text in texts.items():
            assert_the_same_or_nothing(changed(written(FACTS[0]), {name: text}))
