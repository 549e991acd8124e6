"""Each kind of break is told by name, and what breaks nobody is not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.contracts.breaking import breaks

Json = dict[str, Any]
Change = Callable[[Json], object]

OPENAPI: Json = {
    "openapi": "3.1.0",
    "paths": {
        "/v1/doors": {
            "get": {
                "operationId": "list_doors",
                "security": [{"bearer": ["doors:read"]}],
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 200}}],
                "responses": {
                    "200": {
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DoorOut"}}},
                    },
                    "404": {"description": "No."},
                },
            },
            "post": {
                "operationId": "make_door",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DoorIn"}}},
                },
                "responses": {"201": {"description": "Made."}},
            },
        }
    },
    "components": {
        "schemas": {
            "DoorIn": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 500},
                    "kind": {"anyOf": [{"type": "string", "enum": ["front", "back"]}, {"type": "null"}]},
                    "locks": {"type": "array", "items": {"type": "integer", "minimum": 0}},
                    "day": {"type": "string"},
                },
            },
            "DoorOut": {
                "type": "object",
                "required": ["name", "state"],
                "properties": {
                    "name": {"type": "string"},
                    "state": {"type": "string", "enum": ["open", "shut"]},
                    "inner": {"anyOf": [{"$ref": "#/components/schemas/DoorOut"}, {"type": "null"}]},
                },
            },
        }
    },
}

ASYNCAPI: Json = {
    "asyncapi": "3.0.0",
    "channels": {
        "doors-passages": {"bindings": {"kafka": {"partitions": 6}}},
        "inbound-doors": {"bindings": {"kafka": {"partitions": 6}}},
    },
    "operations": {
        "send.doors-passages": {
            "action": "send",
            "channel": {"$ref": "#/channels/doors-passages"},
            "messages": [{"$ref": "#/channels/doors-passages/messages/door.passed.1"}],
        },
        "receive.inbound-doors": {
            "action": "receive",
            "channel": {"$ref": "#/channels/inbound-doors"},
            "messages": [{"$ref": "#/channels/inbound-doors/messages/door.submitted.1"}],
        },
    },
    "components": {
        "messages": {
            name: {
                "payload": {"$ref": f"#/components/schemas/{name}"},
                "headers": {"type": "object", "properties": {"ce_type": {"type": "string", "const": name[:-2]}}},
                "traits": [{"$ref": "#/components/messageTraits/fact"}],
                "bindings": {"kafka": {"key": {"type": "string", "description": "`door`"}}},
            }
            for name in ("door.passed.1", "door.submitted.1")
        },
        "messageTraits": {
            "fact": {"headers": {"type": "object", "required": ["ce_id"], "properties": {"ce_id": {"type": "string"}}}}
        },
        "schemas": {
            "door.passed.1": {
                "type": "object",
                "required": ["door"],
                "properties": {"door": {"type": "string"}, "way": {"type": "string", "enum": ["in", "out"]}},
            },
            "door.submitted.1": {
                "type": "object",
                "required": ["door"],
                "properties": {"door": {"type": "string"}, "way": {"type": "string"}},
            },
        },
    },
}


def get(document: Json) -> Json:
    return document["paths"]["/v1/doors"]["get"]  # type: ignore[no-any-return]


def post(document: Json) -> Json:
    return document["paths"]["/v1/doors"]["post"]  # type: ignore[no-any-return]


def taken(document: Json) -> Json:
    return document["components"]["schemas"]["DoorIn"]  # type: ignore[no-any-return]


def answered(document: Json) -> Json:
    return document["components"]["schemas"]["DoorOut"]  # type: ignore[no-any-return]


def fact(document: Json, name: str = "door.passed.1") -> Json:
    return document["components"]["schemas"][name]  # type: ignore[no-any-return]


NEEDED = {"name": "since", "in": "query", "required": True, "schema": {"type": "string"}}

OF_HTTP: dict[str, Change] = {
    "GET /v1/doors: gone": lambda d: d["paths"]["/v1/doors"].pop("get"),
    "GET /v1/doors: clients call it list_doors, and now it is doors": lambda d: get(d).update(operationId="doors"),
    "GET /v1/doors: scope doors:look is now needed": lambda d: get(d).update(security=[{"bearer": ["doors:look"]}]),
    "GET /v1/doors: query since: required": lambda d: get(d)["parameters"].append(NEEDED),
    "GET /v1/doors: query limit: gone": lambda d: get(d)["parameters"].clear(),
    "GET /v1/doors: query limit: maximum 100 instead of 200": lambda d: get(d)["parameters"][0]["schema"].update(
        maximum=100
    ),
    "GET /v1/doors: answers 404 no longer": lambda d: get(d)["responses"].pop("404"),
    "GET /v1/doors: 200: header ETag is gone": lambda d: get(d)["responses"]["200"].pop("headers"),
    "GET /v1/doors: 200: application/json is gone": lambda d: get(d)["responses"]["200"].update(
        content={"text/csv": {}}
    ),
    "GET /v1/doors: 200: /state: gone": lambda d: answered(d)["properties"].pop("state"),
    "GET /v1/doors: 200: /state: ajar is not one of the values (in what is now sent)": lambda d: answered(d)[
        "properties"
    ]["state"]["enum"].append("ajar"),
    "GET /v1/doors: 200: /name: null is not taken as string (in what is now sent)": lambda d: answered(d)[
        "properties"
    ].update(name={"anyOf": [{"type": "string"}, {"type": "null"}]}),
    "GET /v1/doors: 200: /state: required (in what is now sent)": lambda d: answered(d)["required"].remove("state"),
    "POST /v1/doors: the body: /kind: required": lambda d: taken(d)["required"].append("kind"),
    "POST /v1/doors: the body: /kind: not known": lambda d: taken(d)["properties"].pop("kind"),
    "POST /v1/doors: the body: /kind: back is not one of the values": lambda d: taken(d)["properties"]["kind"]["anyOf"][
        0
    ]["enum"].remove("back"),
    "POST /v1/doors: the body: /name: string is not taken as integer": lambda d: taken(d)["properties"].update(
        name={"type": "integer"}
    ),
    "POST /v1/doors: the body: /name: maxLength 50 instead of 500": lambda d: taken(d)["properties"]["name"].update(
        maxLength=50
    ),
    "POST /v1/doors: the body: /day: format date instead of none": lambda d: taken(d)["properties"]["day"].update(
        format="date"
    ),
    "POST /v1/doors: the body: /locks/*: minimum 1 instead of 0": lambda d: taken(d)["properties"]["locks"][
        "items"
    ].update(minimum=1),
}

OF_THE_BUS: dict[str, Change] = {
    "fact door.passed.1: gone from doors-passages": lambda d: d["operations"].pop("send.doors-passages"),
    "fact door.passed.1: /way: gone": lambda d: fact(d)["properties"].pop("way"),
    "fact door.passed.1: /way: up is not one of the values (in what is now sent)": lambda d: fact(d)["properties"][
        "way"
    ]["enum"].append("up"),
    "fact door.passed.1: header /ce_id: gone": lambda d: d["components"]["messageTraits"]["fact"]["headers"].update(
        properties={}
    ),
    "fact door.passed.1: its key is another": lambda d: d["components"]["messages"]["door.passed.1"]["bindings"][
        "kafka"
    ]["key"].update(description="`way`"),
    "submission door.submitted.1: /way: required": lambda d: fact(d, "door.submitted.1")["required"].append("way"),
    "topic doors-passages: another number of partitions reorders what has one key": lambda d: d["channels"][
        "doors-passages"
    ]["bindings"]["kafka"].update(partitions=12),
}

OF_NOBODY: dict[str, Change] = {
    "a new operation": lambda d: d["paths"].update({"/v1/locks": copy.deepcopy(d["paths"]["/v1/doors"])}),
    "a new field in an answer": lambda d: answered(d)["properties"].update(colour={"type": "string"}),
    "a new field that may be sent": lambda d: taken(d)["properties"].update(colour={"type": "string"}),
    "a new value that may be sent": lambda d: taken(d)["properties"]["kind"]["anyOf"][0]["enum"].append("side"),
    "a wider limit": lambda d: taken(d)["properties"]["name"].update(maxLength=1_000),
    "one value less in an answer": lambda d: answered(d)["properties"]["state"]["enum"].remove("shut"),
    "a new error": lambda d: get(d)["responses"].update({"429": {"description": "Slower."}}),
    "a new parameter that may be left out": lambda d: get(d)["parameters"].append(NEEDED | {"required": False}),
    "another way in": lambda d: get(d)["security"].append({"key": ["doors:read"]}),
    "other words": lambda d: get(d).update(summary="Doors, all of them."),
}


def after(document: Json, change: Change) -> list[str]:
    new = copy.deepcopy(document)
    change(new)
    return breaks(document, new)


@pytest.mark.parametrize("said", OF_HTTP)
def test_a_break_of_an_operation_is_told(said: str) -> None:
    found = after(OPENAPI, OF_HTTP[said])
    assert {one.replace("/inner", "") for one in found} == {said}  # a door holds its inner door


@pytest.mark.parametrize("said", OF_THE_BUS)
def test_a_break_of_a_fact_or_submission_is_told(said: str) -> None:
    assert said in after(ASYNCAPI, OF_THE_BUS[said])


@pytest.mark.parametrize("what", OF_NOBODY)
def test_what_breaks_nobody_is_no_break(what: str) -> None:
    assert after(OPENAPI, OF_NOBODY[what]) == []


def test_a_fact_may_grow() -> None:
    grown: Change = lambda d: fact(d)["properties"].update(speed={"type": "number"})  # noqa: E731
    assert after(ASYNCAPI, grown) == []


def test_what_others_submit_may_become_freer() -> None:
    freer: Change = lambda d: fact(d, "door.submitted.1")["required"].clear()  # noqa: E731
    assert after(ASYNCAPI, freer) == []
