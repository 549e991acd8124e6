"""The CloudEvents envelope: the published vectors, and what the vectors leave out."""

import json
from typing import Any

import pytest

from shared.events.envelope import CloudEvent, Malformed, is_json, validate
from tests.shared.practice import practice_json

MINIMAL = {"specversion": "1.0", "id": "1", "type": "io.test", "source": "/x"}


def structured(event: dict[str, Any]) -> CloudEvent:
    return CloudEvent.from_structured(json.dumps(event))


def test_all_valid_vectors_are_read() -> None:
    for vector in practice_json("conformance/cloudevents_valid.json")["tests"]:
        event = dict(vector["event"])
        data = event.pop("data", None)
        read = structured(vector["event"])
        assert read.data == data
        assert read.attributes == {name: value for name, value in event.items() if value is not None}


def test_all_invalid_vectors_are_refused() -> None:
    for vector in practice_json("conformance/cloudevents_invalid.json")["tests"]:
        with pytest.raises(Malformed):
            structured(vector["event"])


def test_all_http_vectors_are_read() -> None:
    for vector in practice_json("conformance/cloudevents_http.json"):
        body = vector["body"].encode()
        binary = vector["mode"] == "binary"
        read = CloudEvent.from_binary(vector["headers"], body) if binary else CloudEvent.from_structured(body)
        assert (read.attributes, read.data) == (vector["expect"], vector["expect_data"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"time": "2018-04-05T18:31Z"},
        {"time": "2018-04-05 18:31:00Z"},
        {"time": "2018-02-31T18:31:00Z"},
        {"time": 5},
        {"datacontenttype": "xyz"},
        {"datacontenttype": "application/json;"},
        {"source": "not a uri"},
        {"source": "/%zz"},
        {"id": "with\u0000nul"},
        {"ext": 1.5},
        {"ext": 2**31},
        {"ext": {"a": 1}},
        {"ext": "bell\u0007"},
        {"Ext": "canary"},
        {"e_xt": "canary"},
    ],
)
def test_what_breaks_the_specification_is_refused_without_repeating_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as refused:
        structured(MINIMAL | wrong)
    assert str(next(iter(wrong.values()))) not in str(refused.value)


def test_an_attribute_that_is_null_is_absent() -> None:
    assert validate(MINIMAL | {"subject": None, "ext": None}) == MINIMAL


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"specversion": NaN}', b'"text"', b'{"id":"\\ud800"}'])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        CloudEvent.from_structured(body)


@pytest.mark.parametrize("data", [b"\x00\xff", {"a": [1, None]}, "text", None, 0, False])
def test_what_is_written_structured_is_read_the_same(data: Any) -> None:
    event = CloudEvent(dict(MINIMAL), data)
    assert CloudEvent.from_structured(event.structured()) == event


def test_binary_data_in_base64_must_be_base64() -> None:
    with pytest.raises(Malformed, match="base64"):
        structured(MINIMAL | {"data_base64": "***"})


def test_http_headers_are_read_without_case_and_percent_decoded() -> None:
    headers = {"CE-ID": "1", "ce-Type": "t", "ce-source": "/x", "ce-specversion": "1.0", "ce-subject": "%E2%82%AC%20"}
    assert CloudEvent.from_binary(headers, b"").attributes["subject"] == "€ "
    with pytest.raises(Malformed, match="UTF-8"):
        CloudEvent.from_binary(headers | {"ce-subject": "%FF"}, b"")


def test_data_cannot_hide_in_a_header() -> None:
    with pytest.raises(Malformed, match="data is the body"):
        CloudEvent.from_binary({f"ce-{name}": text for name, text in (MINIMAL | {"data": "x"}).items()}, b"")


def test_json_is_known_by_its_media_type() -> None:
    assert all(map(is_json, ["application/json", "Application/JSON; charset=utf-8", "application/vnd.x+json"]))
    assert not any(map(is_json, ["", "json", "text/plain", "application/jsonp", "application/json; x"]))
